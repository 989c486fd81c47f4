import { serveAgent } from '@moorage/protocol/shell';
import { calculateAction } from './calculate.js';
import { calculatorManifest } from './manifests.js';

const agent = await serveAgent({
  manifest: calculatorManifest({ language: 'node', entrypoint: 'calculator.mjs' }),
  actions: { calculate: calculateAction },
});
console.log(`The calculator answers at ${agent.url}`);

import { setTimeout as sleep } from 'node:timers/promises';
import { serveAgent } from '@moorage/protocol/shell';
import { slowStartManifest } from './manifests.js';

const startMs = Number(process.env.SLOW_START_MS ?? 5_000);

console.log(`The slow starter listens in ${startMs} ms`);
await sleep(startMs);
const agent = await serveAgent({
  manifest: slowStartManifest({ language: 'node', entrypoint: 'slow-start.mjs' }, startMs),
  actions: { ping: () => 'pong' },
});
console.log(`The slow starter answers at ${agent.url}`);

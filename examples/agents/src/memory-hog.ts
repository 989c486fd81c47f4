import { serveAgent } from '@moorage/protocol/shell';
import { memoryHogManifest } from './manifests.js';

/** Taken at each step, in bytes. */
const stepBytes = 4 * 1024 * 1024;
/** Stops here where nothing ends it, in bytes: the machine has to survive. */
const limitBytes = Number(process.env.MEMORY_HOG_LIMIT_MB ?? 1024) * 1024 * 1024;
const stepMs = Number(process.env.MEMORY_HOG_STEP_MS ?? 50);

const agent = await serveAgent({
  manifest: memoryHogManifest({ language: 'node', entrypoint: 'memory-hog.mjs' }),
  actions: {},
});
console.log(`The memory hog answers at ${agent.url}`);

const taken: Buffer[] = [];
const timer = setInterval(() => {
  // Filled, so that the pages are really there.
  taken.push(Buffer.alloc(stepBytes, 1));
  if (taken.length * stepBytes < limitBytes) return;
  clearInterval(timer);
  console.log(`The memory hog holds ${(taken.length * stepBytes) / 1024 / 1024} MiB, and nothing has ended it`);
}, stepMs);

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localNodeImage } from '@moorage/driver-docker';
import type { AgentSource } from '../../examples/agents/src/manifests.js';
import { dockerEngine } from './docker-engine.js';

const command = ['node', '/agent/calculator.mjs'];

/** The calculator in an image of the Node that runs here, tagged by its content. It stays: the next run needs it. */
export async function calculatorImage(): Promise<AgentSource> {
  await dockerEngine()
    .get('/version')
    .catch((cause: unknown) => {
      throw new Error('This benchmark needs a Docker engine, and none answers', { cause });
    });
  const code = await readFile(join(process.cwd(), 'examples/agents/dist/calculator.mjs'));
  const image = `moorage-bench-calculator:${createHash('sha256').update(code).digest('hex').slice(0, 12)}`;
  await localNodeImage({ tag: image, files: { '/agent/calculator.mjs': code }, command });
  return { image, command };
}

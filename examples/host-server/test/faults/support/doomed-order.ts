import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CrashPoint } from '@moorage/core';
import { build } from 'tsup';
import type { ManifestOfTest } from './world.js';

/** What a host that is going to die is told. */
export interface DoomedOrder {
  readonly action: 'deploy' | 'update' | 'remove' | 'park' | 'unpark';
  readonly point: CrashPoint;
  readonly manifest: ManifestOfTest;
  readonly tenant: string;
  readonly replicas: number;
  readonly url: string;
  readonly schema: string;
  readonly hostId: string;
  readonly ports: { readonly from: number; readonly to: number };
  /** State folder of the process driver; undefined: Docker. */
  readonly folder: string | undefined;
}

export interface DoomedProgram {
  /** Runs a host until it has killed itself; rejects when it ends otherwise, or never. */
  runUntilKilled(order: DoomedOrder): Promise<void>;
  close(): Promise<void>;
}

const longestLifeMs = 60_000;

/** Bundles `doomed-host.ts` into a folder from where the packages that it imports are found. */
export async function doomedProgram(): Promise<DoomedProgram> {
  const modules = fileURLToPath(new URL('../../../../../node_modules/', import.meta.url));
  const out = await mkdtemp(join(modules, '.moorage-faults-'));
  const children = new Set<ChildProcess>();
  await build({
    config: false,
    entry: { host: fileURLToPath(new URL('doomed-host.ts', import.meta.url)) },
    outDir: out,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    platform: 'node',
    target: 'node20',
    noExternal: [/^@moorage\//],
    external: [/^[^./]/],
    splitting: false,
    silent: true,
    esbuildOptions: (options) => {
      options.conditions = ['@moorage/source'];
    },
  });
  return {
    async runUntilKilled(order) {
      const child = spawn(process.execPath, [join(out, 'host.mjs'), JSON.stringify(order)], {
        stdio: ['ignore', 'inherit', 'pipe'],
      });
      children.add(child);
      let errors = '';
      child.stderr.on('data', (part) => {
        errors += String(part);
      });
      const timer = setTimeout(() => child.kill('SIGTERM'), longestLifeMs);
      const [code, signal] = await once(child, 'close');
      clearTimeout(timer);
      children.delete(child);
      if (signal !== 'SIGKILL') throw new Error(`"${order.point}" was not reached: ${code} ${signal} ${errors}`);
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await rm(out, { recursive: true, force: true });
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

/** How a process ended, and what it has said. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

export interface BundledProgram {
  /** Runs it with one JSON document as its argument until it has ended; one that does not end is told to. */
  run(order: object): Promise<ProgramEnd>;
  close(): Promise<void>;
}

const longestLifeMs = 120_000;

/** Bundles a program beside this file into a folder from where the packages that it imports are found. */
export async function bundledProgram(entry: string): Promise<BundledProgram> {
  const modules = fileURLToPath(new URL('../../../../../node_modules/', import.meta.url));
  const out = await mkdtemp(join(modules, '.moorage-faults-'));
  const children = new Set<ChildProcess>();
  await build({
    config: false,
    entry: { host: fileURLToPath(new URL(entry, import.meta.url)) },
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
    async run(order) {
      const child = spawn(process.execPath, [join(out, 'host.mjs'), JSON.stringify(order)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.add(child);
      const said = { output: '', errors: '' };
      child.stdout.on('data', (part) => {
        said.output += String(part);
      });
      child.stderr.on('data', (part) => {
        said.errors += String(part);
      });
      const timer = setTimeout(() => child.kill('SIGTERM'), longestLifeMs);
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      clearTimeout(timer);
      children.delete(child);
      return { code, signal, ...said };
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await rm(out, { recursive: true, force: true });
    },
  };
}

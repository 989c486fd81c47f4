import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The host server as a user runs it: a process of its own, on a state folder of its own. */
export interface HostProcess {
  readonly child: ChildProcess;
  /** All that it has written so far. */
  output(): string;
  /** Waits for the last line of its banner; rejects with what it said when it ends before. */
  ready(): Promise<{ readonly url: string; readonly curls: readonly string[]; readonly token: string | undefined }>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  ended: Promise<number | null>;
}

/** A folder, ports and an environment that no other test has; `clean` takes all of it away again. */
export interface Place {
  readonly folder: string;
  start(env?: Readonly<Record<string, string>>, args?: readonly string[]): HostProcess;
  clean(): Promise<void>;
}

export async function newPlace(driver: string, env: Readonly<Record<string, string>> = {}): Promise<Place> {
  if (!existsSync(main)) throw new Error('The host server is not built: run "npm run build" first');
  const parent = mkdtempSync(join(tmpdir(), 'moorage-host-'));
  const folder = join(parent, 'state');
  const from = await freeRange(10);
  const started: HostProcess[] = [];
  const base = {
    PATH: process.env.PATH ?? '',
    HOME: parent,
    ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
    PORT: '0',
    MOORAGE_DRIVER: driver,
    MOORAGE_STATE: folder,
    MOORAGE_PORTS: `${from}-${from + 9}`,
    ...env,
  };
  const start: Place['start'] = (more = {}, args = []) => {
    const host = startProcess({ ...base, ...more }, parent, args);
    started.push(host);
    return host;
  };
  return {
    folder,
    start,
    async clean() {
      for (const host of started) if (host.child.exitCode === null) await host.end('SIGKILL');
      if (existsSync(join(folder, 'postgres'))) await start({}, ['--remove']).ended;
      rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function startProcess(env: Readonly<Record<string, string>>, cwd: string, args: readonly string[]): HostProcess {
  const child = spawn(process.execPath, [main, ...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const listeners = new Set<() => void>();
  const heard = (text: string) => {
    output += text;
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', heard);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      resolve(code);
      for (const listener of listeners) listener();
    });
  });
  return {
    child,
    ended,
    output: () => output,
    ready: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          const url = /^Moorage is ready: (\S+)$/m.exec(output)?.[1];
          if (url) {
            listeners.delete(look);
            const curls = [...output.matchAll(/^ {4}(curl .+)$/gm)].map((match) => match[1] ?? '');
            resolve({ url, curls, token: /Bearer ([^']+)'/.exec(output)?.[1] });
          } else if (child.exitCode !== null || child.signalCode !== null) {
            listeners.delete(look);
            reject(new Error(`The host ended before it was ready: ${output}`));
          }
        };
        listeners.add(look);
        look();
      }),
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** The first of so many ports in a row that nobody has. Below the range from which systems give ports by themselves. */
async function freeRange(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const from = 20_000 + Math.floor(Math.random() * 1200) * 10;
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(from + index)));
    if (free.every(Boolean)) return from;
  }
  throw new Error('No free ports between 20000 and 32000');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

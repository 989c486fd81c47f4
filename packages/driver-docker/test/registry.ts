import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { httpGet } from './http-get.js';

export interface Registry {
  /** `127.0.0.1:<port>`: the engine takes a loopback registry without TLS. */
  readonly host: string;
  stop(): Promise<void>;
}

/** The one login of a registry with `login: true`. */
export const registryLogin = { username: 'moorage', password: 'open-sesame-4711' } as const;
/** bcrypt of that password; the registry takes no other kind. */
const passwordHash = '$2y$04$GksC65insz/8UC40bJWW3eYNtDVdkUN0SNywdtFoStnOyTV4ey5rG';

/** Debian's `docker-registry` on a free loopback port, data in a temporary folder. */
export async function startRegistry({ login = false } = {}): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-registry-'));
  // Another program may take the port between choosing and listening.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    const config = join(folder, 'config.yml');
    await writeFile(join(folder, 'htpasswd'), `${registryLogin.username}:${passwordHash}\n`);
    await writeFile(config, configuration(folder, host, login));
    const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    if (await answers(child, host)) {
      return {
        host,
        async stop() {
          await ended(child);
          await rm(folder, { recursive: true, force: true });
        },
      };
    }
    await ended(child);
  }
  throw new Error('docker-registry does not start; is the package "docker-registry" installed?');
}

function configuration(folder: string, address: string, login: boolean): string {
  const auth = login ? { auth: { htpasswd: { realm: 'moorage', path: join(folder, 'htpasswd') } } } : {};
  // YAML is a superset of JSON.
  return JSON.stringify({
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: address },
    ...auth,
  });
}

async function answers(child: ChildProcess, host: string): Promise<boolean> {
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  for (let look = 0; look < 600 && !failed && child.exitCode === null; look += 1) {
    const [address = '', port] = host.split(':');
    const response = await httpGet({ host: address, port: Number(port) }, '/v2/').catch(() => undefined);
    if (response) return true;
    await scheduler.wait(50);
  }
  return false;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

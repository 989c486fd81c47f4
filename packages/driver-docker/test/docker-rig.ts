import { readFile } from 'node:fs/promises';
import type { ContainerDriver, InstanceSpec, LogLine, ObservedInstance } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { type DockerDriverOptions, dockerDriver } from '../src/index.js';
import { jsonLines } from '../src/json-lines.js';
import { tarArchive } from '../src/tar-archive.js';
import { type EngineTools, engineTools, uniqueName } from './engine-tools.js';
import { httpGet } from './http-get.js';
import { testSpec } from './test-spec.js';

/** One owner on an engine, its driver, and images that go with it. */
export interface DockerRig {
  readonly owner: string;
  readonly driver: ContainerDriver;
  readonly tools: EngineTools;
  /** Name for an image; the image of that name is removed at the end. */
  imageName(prefix?: string): string;
  call(): { readonly signal: AbortSignal };
  owned(): { readonly signal: AbortSignal; readonly owner: string };
  spec(image: string, given?: Partial<InstanceSpec>): InstanceSpec;
  list(): Promise<readonly ObservedInstance[]>;
  until(name: string, what: string, test: (instance: ObservedInstance) => boolean): Promise<ObservedInstance>;
  remove(name: string, graceMs?: number): Promise<void>;
  logLines(name: string): Promise<readonly LogLine[]>;
  /** Body of what the instance answers; waits until it does. */
  ask(name: string, path: string): Promise<string>;
  close(): Promise<void>;
}

export function dockerRig(options: DockerDriverOptions = {}): DockerRig {
  const owner = uniqueName('driver-docker-test');
  const driver = dockerDriver(options);
  const tools = engineTools(options.socketPath ? { socketPath: options.socketPath } : {});
  const images: string[] = [];
  const rig: DockerRig = {
    owner,
    driver,
    tools,
    imageName(prefix = 'moorage-test') {
      const name = `${uniqueName(prefix)}:1`;
      images.push(name);
      return name;
    },
    call: () => ({ signal: AbortSignal.timeout(120_000) }),
    owned: () => ({ ...rig.call(), owner }),
    spec: (image, given) => testSpec(owner, image, given),
    list: async () => (await driver.list({ owner }, rig.call())).instances,
    until: (name, what, test) =>
      eventually(
        `instance "${name}" ${what}`,
        async () => {
          const found = (await rig.list()).find((instance) => instance.name === name);
          return found && test(found) && found;
        },
        { deadlineMs: 60_000 },
      ),
    remove: (name, graceMs = 0) => driver.remove(name, { ...rig.owned(), graceMs, purge: true }),
    async logLines(name) {
      const lines: LogLine[] = [];
      const call = { ...rig.owned(), follow: false, tail: undefined, since: undefined };
      for await (const line of driver.logs?.(name, call) ?? []) lines.push(line);
      return lines;
    },
    ask: (name, path) =>
      eventually(
        `"${name}" answers ${path}`,
        async () => {
          const endpoint = (await rig.list()).find((instance) => instance.name === name)?.endpoint;
          return endpoint && (await httpGet(endpoint, path)).body;
        },
        { deadlineMs: 60_000 },
      ),
    async close() {
      await driver.close();
      await tools.sweep(owner);
      for (const image of images) await tools.delete(`/images/${image}`);
    },
  };
  return rig;
}

/** A tiny image with a shell, of Debian's static busybox. */
export async function importBusybox(tools: EngineTools, image: string): Promise<void> {
  const read = () => readFile('/bin/busybox').catch(() => readFile('/usr/bin/busybox'));
  const links = ['sh', 'sleep', 'cat', 'echo', 'ls', 'id', 'mkdir', 'rm'];
  const [repo = '', tag = ''] = image.split(':');
  const stream = await tools.client.stream({
    method: 'POST',
    path: '/images/create',
    query: { fromSrc: '-', repo, tag, changes: ['CMD ["/bin/sleep","1000000"]', 'ENV PATH=/bin'] },
    upload: tarArchive([
      { path: 'bin', kind: 'directory', mode: 0o755 },
      { path: 'tmp', kind: 'directory', mode: 0o1777 },
      { path: 'bin/busybox', kind: 'file', mode: 0o755, read },
      ...links.map((name) => ({ path: `bin/${name}`, kind: 'symlink' as const, mode: 0o777, target: 'busybox' })),
    ]),
    signal: AbortSignal.timeout(60_000),
  });
  for await (const line of jsonLines<{ error?: string }>(stream)) if (line.error) throw new Error(line.error);
}

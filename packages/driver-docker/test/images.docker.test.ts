import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MoorageError } from '@moorage/core/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerDriver, localNodeImage } from '../src/index.js';
import { jsonLines } from '../src/json-lines.js';
import { dockerRig, importBusybox } from './docker-rig.js';
import { type Registry, registryLogin, startRegistry } from './registry.js';

const rig = dockerRig();
const base = rig.imageName();
let registry: Registry;
let folder: string;

beforeAll(async () => {
  await importBusybox(rig.tools, base);
  registry = await startRegistry({ login: true });
  folder = await mkdtemp(join(tmpdir(), 'moorage-build-'));
});

afterAll(async () => {
  await rig.close();
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

const refusalOf = (work: Promise<void>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as MoorageError,
  );

/** Puts the base image into the registry; returns its digest. The engine keeps no copy under that name. */
async function push(name: string): Promise<string> {
  await rig.tools.post(`/images/${base}/tag`, undefined, { repo: name, tag: '1' });
  const stream = await rig.tools.client.stream({
    method: 'POST',
    path: `/images/${name}/push`,
    query: { tag: '1' },
    registryAuth: registryLogin,
    signal: AbortSignal.timeout(60_000),
  });
  let digest = '';
  for await (const line of jsonLines<{ error?: string; aux?: { Digest?: string } }>(stream)) {
    if (line.error) throw new Error(line.error);
    digest = line.aux?.Digest ?? digest;
  }
  await rig.tools.delete(`/images/${name}:1`);
  return digest;
}

describe('pulling', () => {
  it('takes a missing image by tag and by digest, with credentials that show nowhere', async () => {
    const name = `${registry.host}/team/${base.split(':')[0]}`;
    const digest = await push(name);
    const driver = dockerDriver({ credentials: { [registry.host]: registryLogin } });
    for (const image of [`${name}:1`, `${name}@${digest}`]) {
      const messages: string[] = [];
      const spec = rig.spec(image);
      await driver.create(spec, { ...rig.call(), onProgress: (message) => messages.push(message) });
      await rig.until(spec.name, 'runs', ({ state }) => state === 'running');
      expect(messages.join('\n')).toContain(image);
      expect(messages.join('\n')).not.toContain(registryLogin.password);
      await rig.remove(spec.name);
      await rig.tools.delete(`/images/${image}`);
    }
    await driver.close();
  });

  it.each([
    ['without credentials', {}],
    ['with a wrong password', { username: 'moorage', password: 'wrong-password' }],
  ])('refuses for good %s, and names the way out', async (_, login) => {
    const credentials = 'username' in login ? { [registry.host]: login as typeof registryLogin } : {};
    const driver = dockerDriver({ credentials });
    const image = `${registry.host}/team/secret:1`;
    const refusal = await refusalOf(driver.create(rig.spec(image), rig.call()));
    expect(refusal).toMatchObject({ code: 'invalid_argument', retryable: false });
    expect(refusal?.message).toContain('credentials');
    expect(JSON.stringify([refusal, refusal?.message, refusal?.cause])).not.toContain('wrong-password');
    await driver.close();
  });

  it('refuses an image that the registry does not have, for good', async () => {
    const driver = dockerDriver({ credentials: { [registry.host]: registryLogin } });
    const refusal = await refusalOf(driver.create(rig.spec(`${registry.host}/team/nothing:9`), rig.call()));
    expect(refusal).toMatchObject({ code: 'invalid_argument', retryable: false });
    await driver.close();
  });

  it('says that a registry is out of reach, which may pass', async () => {
    const gone = await startRegistry();
    await gone.stop();
    const refusal = await refusalOf(rig.driver.create(rig.spec(`${gone.host}/a:1`), rig.call()));
    expect(refusal).toMatchObject({ code: 'unavailable', retryable: true });
    expect(await rig.list()).toEqual([]);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });
});

describe('building', () => {
  const source = (image: string) => ({ kind: 'build' as const, image, context: folder, dockerfile: 'Dockerfile' });
  const idOf = async (image: string) => (await rig.tools.get<{ Id: string }>(`/images/${image}/json`)).Id;

  it('builds from a folder, leaves out what it is told to, and builds again only when the content changed', async () => {
    const image = rig.imageName('moorage-built');
    const dockerfile = `FROM ${base}\nCOPY . /context/\nCMD ["/bin/sh","-c","ls /context; cat /context/greeting"]\n`;
    await writeFile(join(folder, 'Dockerfile'), dockerfile);
    await writeFile(join(folder, '.dockerignore'), '# notes\n*.log\n');
    await writeFile(join(folder, 'greeting'), 'first\n');
    await writeFile(join(folder, 'noise.log'), 'noise\n');
    const messages: string[] = [];
    const read = async () => {
      const spec = rig.spec(image, { source: source(image) });
      await rig.driver.create(spec, { ...rig.call(), onProgress: (message) => messages.push(message) });
      await rig.until(spec.name, 'has ended', ({ state }) => state === 'exited');
      const text = (await rig.logLines(spec.name)).map((line) => line.text).join(' ');
      await rig.remove(spec.name);
      return text;
    };
    expect(await read()).toBe('Dockerfile greeting first');
    expect(messages.join('\n')).toContain(`FROM ${base}`);
    const first = await idOf(image);
    await writeFile(join(folder, 'noise.log'), 'more noise\n');
    await read();
    expect(await idOf(image)).toBe(first);
    await writeFile(join(folder, 'greeting'), 'second\n');
    expect(await read()).toBe('Dockerfile greeting second');
    await rig.tools.delete(`/images/${first}`);
  });

  it('refuses what cannot be built, for good', async () => {
    const image = rig.imageName('moorage-built');
    for (const [dockerfile, text] of [
      [`FROM ${base}\nCOPY no-such-file /\n`, 'no-such-file'],
      ['NONSENSE\n', 'NONSENSE'],
    ] as const) {
      await writeFile(join(folder, 'Dockerfile'), dockerfile);
      const refusal = await refusalOf(rig.driver.create(rig.spec(image, { source: source(image) }), rig.call()));
      expect(refusal).toMatchObject({ code: 'invalid_argument' });
      expect(refusal?.message).toContain(text);
    }
    for (const change of [
      { context: join(folder, 'absent') },
      { dockerfile: 'Absent' },
      { dockerfile: '../Dockerfile' },
    ]) {
      const given = { source: { ...source(image), ...change } };
      expect(await refusalOf(rig.driver.create(rig.spec(image, given), rig.call()))).toMatchObject({
        code: 'invalid_argument',
      });
    }
  });
});

describe('localNodeImage', () => {
  it('makes an image that runs Node, and makes it again only for other content', async () => {
    const tag = rig.imageName('moorage-local-node');
    const make = (text: string) =>
      localNodeImage({
        tag,
        files: { '/app/deep/main.js': `console.log('${text}', process.version, process.getuid())` },
        command: ['node', '/app/deep/main.js'],
      });
    const idOf = async () => (await rig.tools.get<{ Id: string }>(`/images/${tag}/json`)).Id;
    await make('hello');
    const first = await idOf();
    await make('hello');
    expect(await idOf()).toBe(first);
    const spec = rig.spec(tag);
    await rig.driver.create(spec, rig.call());
    await rig.until(spec.name, 'has ended', ({ state }) => state === 'exited');
    expect((await rig.logLines(spec.name)).map(({ text }) => text)).toEqual([`hello ${process.version} 65534`]);
    await rig.remove(spec.name);
    await make('other');
    expect(await idOf()).not.toBe(first);
    await rig.tools.delete(`/images/${first}`);
  });
});

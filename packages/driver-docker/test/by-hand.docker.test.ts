import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerDriver } from '../src/index.js';
import { label } from '../src/labels.js';
import { volumeName } from '../src/to-container-options.js';
import { dockerRig, importBusybox } from './docker-rig.js';
import { uniqueName } from './engine-tools.js';

const rig = dockerRig();
const image = rig.imageName();

beforeAll(() => importBusybox(rig.tools, image));
afterAll(() => rig.close());

const running = async () => {
  const spec = rig.spec(image);
  await rig.driver.create(spec, rig.call());
  await rig.until(spec.name, 'runs', ({ state }) => state === 'running');
  return spec;
};

describe('what somebody does by hand', () => {
  it('docker kill and docker stop are ends with their reason', async () => {
    const spec = await running();
    await rig.tools.post(`/containers/${spec.name}/kill`);
    expect((await rig.until(spec.name, 'ended', ({ state }) => state === 'exited')).exit).toMatchObject({
      code: 137,
      signal: 'SIGKILL',
      oom: false,
    });
    const other = await running();
    await rig.tools.post(`/containers/${other.name}/stop`);
    expect((await rig.until(other.name, 'ended', ({ state }) => state === 'exited')).exit?.signal).toBe('SIGTERM');
    for (const { name } of [spec, other]) await rig.remove(name);
  });

  it('docker restart leaves it running, at another port; docker start brings back an ended one', async () => {
    const spec = await running();
    const before = await rig.until(spec.name, 'runs', ({ state }) => state === 'running');
    await rig.tools.post(`/containers/${spec.name}/restart`, undefined, { t: '0' });
    const after = await rig.until(
      spec.name,
      'runs again',
      ({ state, startedAt }) => state === 'running' && startedAt !== before.startedAt,
    );
    expect(after.exit).toBeUndefined();
    await rig.tools.post(`/containers/${spec.name}/kill`);
    await rig.until(spec.name, 'ended', ({ state }) => state === 'exited');
    await rig.tools.post(`/containers/${spec.name}/start`);
    await rig.until(spec.name, 'runs', ({ state, exit }) => state === 'running' && exit === undefined);
    await rig.remove(spec.name);
  });

  it('docker rm -f makes it absent; removing it then is fine and clears its network', async () => {
    const spec = await running();
    await rig.tools.delete(`/containers/${spec.name}`);
    expect(await rig.list()).toEqual([]);
    expect(await rig.tools.leftovers(rig.owner)).toHaveLength(1);
    await rig.remove(spec.name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });

  it('a network that was removed under a half-made instance is made again', async () => {
    const first = await running();
    const networks = await rig.tools.leftovers(rig.owner);
    await rig.tools.delete(`/containers/${first.name}`);
    for (const name of networks) if (!name.startsWith('/')) await rig.tools.delete(`/networks/${name}`);
    // The driver still remembers the network's id.
    const second = await running();
    await rig.remove(second.name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });

  it('a copy of an instance under another name is neither listed nor touched', async () => {
    const spec = await running();
    const { Config } = await rig.tools.inspect(spec.name);
    const copy = uniqueName('moorage-copy');
    await rig.tools.post('/containers/create', { Image: image, Labels: Config.Labels }, { name: copy });
    expect((await rig.list()).map(({ name }) => name)).toEqual([spec.name]);
    await rig.remove(spec.name);
    expect((await rig.tools.inspect(copy)).Config.Labels?.[label.name]).toBe(spec.name);
    await rig.tools.delete(`/containers/${copy}`);
    await rig.remove(spec.name);
  });
});

describe('parking by stop', () => {
  it('is seen by another driver object, survives a create, and is undone under the same name', async () => {
    const spec = await running();
    await rig.driver.park?.(spec.name, 'stop', rig.owned());
    const other = dockerDriver();
    const { instances } = await other.list({ owner: rig.owner }, rig.call());
    expect(instances).toMatchObject([{ name: spec.name, state: 'stopped', exit: undefined }]);
    await other.create(spec, rig.call());
    expect(await rig.list()).toMatchObject([{ name: spec.name, state: 'stopped' }]);
    await other.unpark?.(spec.name, rig.owned());
    await other.close();
    expect(await rig.list()).toMatchObject([{ name: spec.name, state: 'running' }]);
    expect((await rig.tools.inspect(spec.name)).Name).toBe(`/${spec.name}`);
    await rig.driver.park?.(spec.name, 'stop', rig.owned());
    await rig.remove(spec.name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });
});

describe('removing', () => {
  it('goes on where an aborted call left off, and ends what ignores SIGTERM', async () => {
    const spec = rig.spec(image, { command: ['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] });
    await rig.driver.create(spec, rig.call());
    await rig.until(spec.name, 'runs', ({ state }) => state === 'running');
    const controller = new AbortController();
    const first = rig.driver.remove(spec.name, {
      signal: controller.signal,
      owner: rig.owner,
      graceMs: 2000,
      purge: true,
    });
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    expect(await rig.list()).toHaveLength(1);
    await rig.remove(spec.name, 2000);
    expect(await rig.list()).toEqual([]);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });

  it('takes away what a crash left of giving a volume to its user', async () => {
    const spec = rig.spec(image, { volumes: [{ name: 'data', path: '/data' }] });
    await rig.driver.create(spec, rig.call());
    const { Config } = await rig.tools.inspect(spec.name);
    const labels = { [label.owner]: rig.owner, [label.kind]: 'helper', [label.deployment]: spec.deploymentId };
    expect(Config.Labels?.[label.deployment]).toBe(spec.deploymentId);
    await rig.tools.post('/containers/create', { Image: image, Labels: labels }, { name: `${spec.name}.volumes-left` });
    expect(await rig.list()).toHaveLength(1);
    await rig.remove(spec.name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });

  describe('what a crash left in the middle of giving a volume to its user', () => {
    /** The instance made and not started, and its helper beside it. */
    async function halfMade() {
      const spec = rig.spec(image, { volumes: [{ name: 'data', path: '/data' }] });
      await rig.driver.create(spec, rig.call());
      const { Config } = await rig.tools.inspect(spec.name);
      await rig.remove(spec.name);
      await rig.tools.post('/containers/create', { Image: image, Labels: Config.Labels }, { name: spec.name });
      const labels = { [label.owner]: rig.owner, [label.kind]: 'helper', [label.deployment]: spec.deploymentId };
      await rig.tools.post('/containers/create', { Image: image, Labels: labels }, { name: `${spec.name}.volumes` });
      expect(await rig.list()).toMatchObject([{ name: spec.name, state: 'creating' }]);
      return spec;
    }

    it('goes when the instance is finished', async () => {
      const spec = await halfMade();
      await rig.driver.create(spec, rig.call());
      expect(await rig.list()).toMatchObject([{ name: spec.name, state: 'running' }]);
      expect(await rig.tools.leftovers(rig.owner)).not.toContainEqual(expect.stringContaining('.volumes'));
      await rig.remove(spec.name);
      expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
    });

    it('goes with the instance, also when the volumes stay', async () => {
      const spec = await halfMade();
      await rig.driver.remove(spec.name, { ...rig.owned(), graceMs: 0, purge: false });
      expect(await rig.list()).toEqual([]);
      expect(await rig.tools.leftovers(rig.owner)).not.toContainEqual(expect.stringContaining('.volumes'));
      await rig.remove(spec.name);
      expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
    });
  });
});

describe('a volume that has our name and no label', () => {
  const withVolume = () => rig.spec(image, { volumes: [{ name: 'data', path: '/data' }] });

  it('is what an engine leaves that is killed while it makes one: it is made anew', async () => {
    const spec = withVolume();
    const Name = volumeName(spec, 'data');
    await rig.tools.post('/volumes/create', { Name });
    await rig.driver.create(spec, rig.call());
    const volume = await rig.tools.get<{ Labels: Record<string, string> }>(`/volumes/${Name}`);
    expect(volume.Labels).toMatchObject({ [label.owner]: rig.owner, [label.deployment]: spec.deploymentId });
    await rig.remove(spec.name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });

  it('and files in it is left alone', async () => {
    const spec = withVolume();
    const Name = volumeName(spec, 'data');
    await rig.tools.post('/volumes/create', { Name });
    const Mounts = [{ Type: 'volume', Source: Name, Target: '/data' }];
    const command = ['/bin/sh', '-c', 'echo precious > /data/file'];
    const body = { Image: image, Entrypoint: command, User: '0:0', HostConfig: { NetworkMode: 'none', Mounts } };
    const { Id } = await rig.tools.post<{ Id: string }>('/containers/create', body);
    await rig.tools.post(`/containers/${Id}/start`);
    await rig.tools.post(`/containers/${Id}/wait`);
    await rig.tools.delete(`/containers/${Id}`);
    await expect(rig.driver.create(spec, rig.call())).rejects.toMatchObject({ code: 'already_exists' });
    expect((await rig.tools.get<{ Labels: object | null }>(`/volumes/${Name}`)).Labels ?? {}).toEqual({});
    await rig.tools.delete(`/volumes/${Name}`);
    await rig.remove(spec.name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });
});

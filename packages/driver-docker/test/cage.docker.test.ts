import { conformanceAgentSource } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerDriver, localNodeImage } from '../src/index.js';
import { dockerRig } from './docker-rig.js';

const rig = dockerRig();
const image = rig.imageName();

beforeAll(() =>
  localNodeImage({
    tag: image,
    files: { '/agent/agent.mjs': conformanceAgentSource },
    command: ['node', '/agent/agent.mjs'],
  }),
);
afterAll(() => rig.close());

describe('an instance, read from inside', () => {
  const resources = { cpuMillis: 250, memoryBytes: 96 * 1024 * 1024, diskBytes: undefined, pids: 40 };

  it('has its limits, no capability, and nothing to write but its small /tmp', async () => {
    const spec = rig.spec(image, { resources, volumes: [{ name: 'data', path: '/data' }] });
    await rig.driver.create(spec, rig.call());
    const read = (path: string) => rig.ask(spec.name, `/read?path=${path}`);
    const write = (path: string) => rig.ask(spec.name, `/write?path=${path}&text=x`);

    const status = await read('/proc/self/status');
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^CapBnd:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(await read('/proc/self/limits')).toMatch(/^Max open files\s+8192\s+8192/m);
    expect(await read('/proc/1/cmdline')).toContain('docker-init');

    expect(await firstOf(read, ['/sys/fs/cgroup/memory/memory.limit_in_bytes', '/sys/fs/cgroup/memory.max'])).toBe(
      String(resources.memoryBytes),
    );
    expect(await firstOf(read, ['/sys/fs/cgroup/pids/pids.max', '/sys/fs/cgroup/pids.max'])).toBe('40');
    expect(await firstOf(read, ['/sys/fs/cgroup/cpu/cpu.cfs_quota_us', '/sys/fs/cgroup/cpu.max'])).toMatch(/^25000\b/);

    expect(await write('/etc/passwd')).toMatch(/EACCES|EROFS/);
    expect(await write('/agent/new')).toMatch(/EROFS/);
    expect(await write('/tmp/new')).toBe('undefined');
    expect(await write('/data/new')).toBe('undefined');
    const mounts = await read('/proc/mounts');
    expect(mounts).toMatch(/^tmpfs \/tmp tmpfs rw,nosuid,nodev,.*size=65536k/m);
    expect(mounts).toMatch(/^shm \/dev\/shm tmpfs .*size=16384k/m);
    await rig.remove(spec.name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });

  it('is published on loopback only, and not at all without egress', async () => {
    const open = rig.spec(image);
    const closed = rig.spec(image, { egress: 'none' });
    for (const spec of [open, closed]) await rig.driver.create(spec, rig.call());
    await rig.ask(open.name, '/health');
    await rig.ask(closed.name, '/health');
    const ports = async (name: string) =>
      (await rig.tools.inspect(name)).NetworkSettings as { Ports: Record<string, { HostIp: string }[] | null> };
    expect((await ports(open.name)).Ports['8080/tcp']?.map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1']);
    expect((await ports(closed.name)).Ports['8080/tcp'] ?? []).toEqual([]);
    for (const { name } of [open, closed]) await rig.remove(name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });
});

describe('disk limits', () => {
  const resources = { cpuMillis: undefined, memoryBytes: undefined, diskBytes: 1_000_000_000, pids: undefined };

  it('are refused where the driver was not told that the engine has them', async () => {
    expect(rig.driver.capabilities.limits.disk).toBe(false);
    await expect(rig.driver.create(rig.spec(image, { resources }), rig.call())).rejects.toMatchObject({
      code: 'unsupported',
    });
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });

  it('hold where they are claimed, or the instance is refused', async () => {
    const driver = dockerDriver({ diskLimits: true });
    expect(driver.capabilities.limits.disk).toBe(true);
    const spec = rig.spec(image, { resources, readOnlyRoot: false });
    const refusal = await driver.create(spec, rig.call()).then(
      () => undefined,
      (error: unknown) => error,
    );
    // Which of the two depends on the file system under this machine's engine; a limit that is ignored is neither.
    if (refusal) expect(refusal).toMatchObject({ code: 'unsupported' });
    else {
      const { HostConfig } = (await rig.tools.inspect(spec.name)) as unknown as {
        HostConfig: { StorageOpt: Record<string, string> };
      };
      expect(HostConfig.StorageOpt.size).toBe('1000000000');
    }
    await rig.remove(spec.name);
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
    await driver.close();
  });
});

describe('an end by too much memory', () => {
  it('is told as that', async () => {
    const spec = rig.spec(image, {
      resources: { cpuMillis: undefined, memoryBytes: 64 * 1024 * 1024, diskBytes: undefined, pids: undefined },
      command: ['node', '-e', 'const kept = []; for (;;) kept.push(Buffer.alloc(4e6, 1));'],
    });
    await rig.driver.create(spec, rig.call());
    const { exit } = await rig.until(spec.name, 'is told as out of memory', ({ exit }) => exit?.oom === true);
    expect(exit).toMatchObject({ code: 137, signal: 'SIGKILL' });
    await rig.remove(spec.name);
  });
});

async function firstOf(read: (path: string) => Promise<string>, paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const text = await read(path);
    if (!/^E[A-Z]+$/.test(text)) return text.trim();
  }
  return '';
}

import type { InstanceSpec } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { hasIdentity, labelsOf } from './labels.js';
import { toContainerOptions, volumeName } from './to-container-options.js';

const spec: InstanceSpec = {
  kind: 'agent',
  name: 'moor-d-1-0-abcdef00-1',
  owner: 'owner-1',
  tenant: 'Kundin Ü',
  deploymentId: 'd-1',
  agentId: 'agent.calculator',
  ordinal: 0,
  attempt: 1,
  templateHash: 'abcdef0011223344',
  restartEpoch: 0,
  source: { kind: 'image', image: 'calculator:1' },
  command: undefined,
  env: { MODE: 'fast', PORT: '1' },
  secretEnv: { TOKEN: 'very-secret' },
  port: 8080,
  resources: { cpuMillis: 250, memoryBytes: 64 * 1024 * 1024, diskBytes: undefined, pids: 50 },
  user: '65534:65534',
  readOnlyRoot: true,
  isolated: false,
  egress: 'internet',
  volumes: [{ name: 'data', path: '/data' }],
  graceMs: 1500,
};

const placement = {
  engine: 'uid-1',
  image: 'calculator:1',
  networkId: 'n1',
  publishHost: '127.0.0.1' as string | undefined,
  logMaxBytes: 10_485_760,
};

interface Options {
  readonly HostConfig: Record<string, unknown>;
  readonly [key: string]: unknown;
}

const optionsOf = (change: Partial<InstanceSpec> = {}, place = placement) =>
  toContainerOptions({ ...spec, ...change }, place) as Options;

describe('toContainerOptions', () => {
  it('describes the cage', () => {
    expect(optionsOf().HostConfig).toMatchObject({
      NanoCpus: 250_000_000,
      Memory: 67_108_864,
      MemorySwap: 67_108_864,
      PidsLimit: 50,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
      Init: true,
      ReadonlyRootfs: true,
      RestartPolicy: { Name: 'no' },
      NetworkMode: 'n1',
      PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5242880', 'max-file': '2' } },
    });
    expect(optionsOf().HostConfig).not.toHaveProperty('StorageOpt');
    expect(optionsOf()).toMatchObject({ User: '65534:65534', StopTimeout: 2, ExposedPorts: { '8080/tcp': {} } });
  });

  it('sets no limit that was not asked for', () => {
    const none = { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined };
    const { HostConfig } = optionsOf({ resources: none });
    for (const key of ['NanoCpus', 'Memory', 'MemorySwap', 'PidsLimit', 'StorageOpt']) {
      expect(HostConfig).not.toHaveProperty(key);
    }
    expect(optionsOf({ resources: { ...none, diskBytes: 1_000_000 } }).HostConfig).toMatchObject({
      StorageOpt: { size: '1000000' },
    });
  });

  it('puts secrets into the environment and nowhere else, and says where to listen', () => {
    const options = optionsOf();
    expect(options.Env).toEqual(['MODE=fast', 'PORT=8080', 'TOKEN=very-secret']);
    expect(JSON.stringify({ ...options, Env: [] })).not.toContain('very-secret');
  });

  it('replaces the entry point by the command, or leaves the image alone', () => {
    expect(optionsOf({ command: ['node', 'a.js'] })).toMatchObject({ Entrypoint: ['node', 'a.js'], Cmd: [] });
    expect(optionsOf()).not.toHaveProperty('Entrypoint');
  });

  it('publishes nothing and asks no resolver without egress', () => {
    const { HostConfig } = optionsOf({ egress: 'none' }, { ...placement, publishHost: undefined });
    expect(HostConfig).not.toHaveProperty('PortBindings');
    expect(HostConfig).toMatchObject({ Dns: ['203.0.113.1'] });
  });

  it('mounts the volumes of the deployment', () => {
    const Source = volumeName(spec, 'data');
    expect(Source).toContain('d-1-data');
    expect(optionsOf().HostConfig).toMatchObject({ Mounts: [{ Type: 'volume', Source, Target: '/data' }] });
    expect(volumeName({ ...spec, owner: 'owner-2' }, 'data')).not.toBe(Source);
  });
});

describe('hasIdentity', () => {
  it('tells our instance from any other', () => {
    const labels = labelsOf(spec, 'uid-1');
    expect(hasIdentity(labels, spec)).toBe(true);
    expect(hasIdentity(labels, { ...spec, tenant: 'renamed' })).toBe(true);
    for (const change of [
      { owner: 'o' },
      { templateHash: 'h' },
      { deploymentId: 'd-2' },
      { attempt: 2 },
      { ordinal: 1 },
    ]) {
      expect(hasIdentity(labels, { ...spec, ...change })).toBe(false);
    }
    expect(hasIdentity(null, spec)).toBe(false);
  });
});

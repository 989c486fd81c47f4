import type { InstanceSpec } from '@moorage/core/driver';
import { labelsOf } from './labels.js';
import { shortHash } from './short-hash.js';

/** What the spec does not say: where it is made and what the driver was told. */
export interface Placement {
  /** Id of the engine's marker. */
  readonly engine: string;
  readonly image: string;
  readonly networkId: string;
  /**
   * Address of the host on which the port is published; undefined: not published, the container's own address is used.
   */
  readonly publishHost: string | undefined;
  readonly logMaxBytes: number;
}

const mebibyte = 1024 * 1024;
/** From the range kept for documentation: routed nowhere, so names cannot leave a network without egress. */
const deafResolver = '203.0.113.1';

/** Name of a deployment's volume; the same for all of its instances. */
export function volumeName(spec: InstanceSpec, name: string): string {
  return `moorage-${shortHash(spec.owner, 8)}-${spec.deploymentId}-${name}`;
}

/** The body of the engine's create call: pure, and the one place where an agent's cage is described. */
export function toContainerOptions(spec: InstanceSpec, placement: Placement): object {
  const port = `${spec.port}/tcp`;
  return {
    Image: placement.image,
    // A command replaces the image's entry point as a whole, as it does on Kubernetes.
    ...(spec.command ? { Entrypoint: [...spec.command], Cmd: [] } : {}),
    Env: Object.entries({ ...spec.env, ...spec.secretEnv, PORT: String(spec.port) }).map(
      ([key, value]) => `${key}=${value}`,
    ),
    User: spec.user,
    Labels: labelsOf(spec, placement.engine),
    ExposedPorts: { [port]: {} },
    StopSignal: 'SIGTERM',
    StopTimeout: Math.ceil(spec.graceMs / 1000),
    HostConfig: {
      ...toLimits(spec),
      NetworkMode: placement.networkId,
      ...(placement.publishHost === undefined
        ? { Dns: [deafResolver] }
        : { PortBindings: { [port]: [{ HostIp: placement.publishHost, HostPort: '' }] } }),
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
      Init: true,
      ReadonlyRootfs: spec.readOnlyRoot,
      Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,size=64m,mode=1777' },
      IpcMode: 'private',
      ShmSize: 16 * mebibyte,
      // Two files of half the size: with a single one the engine cuts it to nothing under whoever is reading it.
      LogConfig: {
        Type: 'json-file',
        Config: { 'max-size': String(Math.floor(placement.logMaxBytes / 2)), 'max-file': '2' },
      },
      RestartPolicy: { Name: 'no' },
      Mounts: spec.volumes.map(({ name, path }) => ({ Type: 'volume', Source: volumeName(spec, name), Target: path })),
    },
  };
}

function toLimits({ resources }: InstanceSpec): object {
  const { cpuMillis, memoryBytes, pids, diskBytes } = resources;
  return {
    ...(cpuMillis === undefined ? {} : { NanoCpus: cpuMillis * 1_000_000 }),
    // The second figure is memory and swap together: none of it may be swap.
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    ...(diskBytes === undefined ? {} : { StorageOpt: { size: String(diskBytes) } }),
    Ulimits: [
      { Name: 'nofile', Soft: 8192, Hard: 8192 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
  };
}

import type { InstanceExit, InstanceSpec } from '../model/instance.js';
import { instanceName } from '../model/instance-name.js';
import type { ObservedWorkload, Workload } from '../ports/driver.js';
import type { MemoryInside } from './memory-inside.js';
import { type MemoryInstance, toObservedInstance } from './memory-instance.js';

/** One workload inside the simulated cluster. Mutable, and never handed out. */
export interface MemoryWorkload {
  wish: Workload;
  deleting: boolean;
  rollout: ObservedWorkload['rollout'];
  /** Monotonic. */
  rolloutStartedMs: number;
  cause: string | undefined;
  attempt: number;
  /** Ends in a row since it was complete, and when the next copy may be made; monotonic. */
  failures: number;
  retryAtMs: number;
  readonly ended: { readonly name: string; readonly exit: InstanceExit }[];
  cancelLook: () => void;
}

export function newWorkload(wish: Workload): MemoryWorkload {
  return {
    wish,
    deleting: false,
    rollout: 'progressing',
    rolloutStartedMs: 0,
    cause: undefined,
    attempt: 0,
    failures: 0,
    retryAtMs: 0,
    ended: [],
    cancelLook: () => {},
  };
}

export function instancesOf({ world }: MemoryInside, { wish }: MemoryWorkload): readonly MemoryInstance[] {
  return [...world.instances.values()].filter(
    ({ spec }) => spec.kind === 'agent' && spec.owner === wish.owner && spec.deploymentId === wish.deploymentId,
  );
}

export function isReady(inside: MemoryInside, instance: MemoryInstance): boolean {
  const { health } = inside.behaviourOf(instance.spec);
  return instance.state === 'running' && inside.warm(instance) && (health === 'ok' || health === 'degraded');
}

export function isCurrent({ wish }: MemoryWorkload, { spec }: MemoryInstance): boolean {
  return spec.templateHash === wish.templateHash && spec.restartEpoch === wish.restartEpoch;
}

/** The cluster keeps the lower end of a range: it has no load to scale by. */
export function wantedOf({ replicas }: Workload): number {
  return 'fixed' in replicas ? replicas.fixed : replicas.min;
}

/** What `describe` tells of it. */
export function toObservedWorkload(
  inside: MemoryInside,
  workload: MemoryWorkload,
  instances: readonly MemoryInstance[],
): ObservedWorkload {
  const { wish, deleting, rollout, cause, ended } = workload;
  return {
    deploymentId: wish.deploymentId,
    tenant: wish.tenant,
    generation: wish.generation,
    templateHash: wish.templateHash,
    restartEpoch: wish.restartEpoch,
    deleting,
    wanted: deleting ? 0 : wantedOf(wish),
    ready: instances.filter((instance) => isReady(inside, instance)).length,
    updated: instances.filter((instance) => isCurrent(workload, instance) && instance.state !== 'removing').length,
    rollout,
    causes: cause === undefined ? [] : [cause],
    instances: instances.map(toObservedInstance),
    ended: ended.map(({ name, exit }) => ({ name, exit: { ...exit } })),
  };
}

/** What the cluster makes one copy from. */
export function specOf(wish: Workload, ordinal: number, attempt: number): InstanceSpec {
  const { template } = wish;
  return {
    kind: 'agent',
    name: instanceName(wish.deploymentId, wish.templateHash, ordinal, attempt),
    owner: wish.owner,
    tenant: wish.tenant,
    deploymentId: wish.deploymentId,
    agentId: wish.agentId,
    ordinal,
    attempt,
    templateHash: wish.templateHash,
    restartEpoch: wish.restartEpoch,
    source: template.source,
    command: template.command,
    env: Object.fromEntries(template.env.flatMap((env) => ('value' in env ? [[env.name, env.value]] : []))),
    secretEnv: wish.secretEnv,
    port: template.port,
    resources: template.resources,
    user: template.user,
    readOnlyRoot: template.readOnlyRoot,
    isolated: template.isolated,
    egress: template.egress,
    volumes: template.volumes,
    graceMs: template.graceMs,
  };
}

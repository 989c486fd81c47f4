import type { InstanceSpec } from '../model/instance.js';
import { instanceName } from '../model/instance-name.js';
import type { ObservedWorkload, Workload } from '../ports/driver.js';
import type { MemoryInside } from './memory-inside.js';
import { type MemoryInstance, toObservedInstance } from './memory-instance.js';

/** One workload inside the simulated cluster. Mutable, and never handed out. */
export interface MemoryWorkload {
  wish: Workload;
  /** What its autoscaler wants of a range; undefined: the lower end. */
  autoscaled: number | undefined;
  deleting: boolean;
  rollout: ObservedWorkload['rollout'];
  /** Monotonic. */
  rolloutStartedMs: number;
  cause: string | undefined;
  attempt: number;
  /** Ends in a row since it was complete, and when the next copy may be made; monotonic. */
  failures: number;
  retryAtMs: number;
  /** Handed out as it is: another list takes its place when a copy has ended. */
  ended: ObservedWorkload['ended'];
  cancelLook: () => void;
}

/** `attempt`: the last one of an earlier workload of the same name, since an orchestrator gives no name to a copy twice. */
export function newWorkload(wish: Workload, attempt: number): MemoryWorkload {
  return {
    wish,
    autoscaled: undefined,
    deleting: false,
    rollout: 'progressing',
    rolloutStartedMs: 0,
    cause: undefined,
    attempt,
    failures: 0,
    retryAtMs: 0,
    ended: [],
    cancelLook: () => {},
  };
}

export function instancesOf({ world }: MemoryInside, { wish }: MemoryWorkload): readonly MemoryInstance[] {
  const found: MemoryInstance[] = [];
  for (const instance of world.instances.values()) {
    const { kind, owner, deploymentId } = instance.spec;
    if (deploymentId === wish.deploymentId && kind === 'agent' && owner === wish.owner) found.push(instance);
  }
  return found;
}

export function isReady(inside: MemoryInside, instance: MemoryInstance): boolean {
  if (instance.state !== 'running' || !inside.warm(instance)) return false;
  const { health } = inside.behaviourOf(instance.spec);
  return health === 'ok' || health === 'degraded';
}

export function isCurrent({ wish }: MemoryWorkload, { spec }: MemoryInstance): boolean {
  return spec.templateHash === wish.templateHash && spec.restartEpoch === wish.restartEpoch;
}

/** Without load to scale by, the cluster keeps the lower end of a range until a test says otherwise. */
export function wantedOf({ wish: { replicas }, autoscaled }: Pick<MemoryWorkload, 'wish' | 'autoscaled'>): number {
  if ('fixed' in replicas) return replicas.fixed;
  return Math.min(Math.max(autoscaled ?? replicas.min, replicas.min), replicas.max);
}

/** What `describe` tells of it. */
export function toObservedWorkload(
  inside: MemoryInside,
  workload: MemoryWorkload,
  instances: readonly MemoryInstance[],
): ObservedWorkload {
  const { wish, deleting, rollout, cause, ended } = workload;
  let ready = 0;
  let updated = 0;
  for (const instance of instances) {
    if (isReady(inside, instance)) ready += 1;
    if (isCurrent(workload, instance) && instance.state !== 'removing') updated += 1;
  }
  return {
    deploymentId: wish.deploymentId,
    tenant: wish.tenant,
    generation: wish.generation,
    wishedAt: wish.wishedAt,
    templateHash: wish.templateHash,
    restartEpoch: wish.restartEpoch,
    deleting,
    wanted: deleting ? 0 : wantedOf(workload),
    ready,
    updated,
    rollout,
    causes: cause === undefined ? [] : [cause],
    instances: instances.map(toObservedInstance),
    ended,
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

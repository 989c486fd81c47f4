import { initialHealth } from '../decide/next-health.js';
import type { ProbeTiming } from '../decide/next-probe.js';
import type { HealthPolicy, HealthState, HealthStatus } from '../model/health.js';
import type { DeploymentId, InstanceName } from '../model/ids.js';
import type { Endpoint } from '../model/instance.js';
import { detached, type WheelEntry } from './timer-wheel.js';

/** What the health monitor is asked to watch. */
export interface HealthTarget {
  readonly instance: InstanceName;
  readonly deploymentId: DeploymentId;
  readonly endpoint: Endpoint;
  readonly policy: HealthPolicy;
  /** What an earlier process recorded. It stands until a probe gives other evidence, and spares the start probes. */
  readonly known?: HealthStatus | undefined;
  /** How long ago the instance started; the start period counts from there. [0] */
  readonly startedAgoMs?: number | undefined;
}

/** A target under watch. One flat object, since there may be tens of thousands. */
export interface WatchedTarget extends WheelEntry, ProbeTiming {
  readonly instance: InstanceName;
  readonly deploymentId: DeploymentId;
  readonly endpoint: Endpoint;
  policy: HealthPolicy;
  state: HealthState;
  responseTimeMs: number | undefined;
  lastStartMs: number | undefined;
}

/** @param nowMs in whole milliseconds, as all times of a target: fractions take heap of their own */
export function watchedTarget(target: HealthTarget, nowMs: number): WatchedTarget {
  return {
    dueMs: 0,
    slot: detached,
    previous: undefined,
    next: undefined,
    instance: target.instance,
    deploymentId: target.deploymentId,
    endpoint: target.endpoint,
    policy: target.policy,
    state: initialHealth(nowMs - Math.floor(target.startedAgoMs ?? 0), target.known),
    responseTimeMs: undefined,
    watchedAtMs: nowMs,
    lastStartMs: undefined,
    phase01: phaseOf(target.instance),
  };
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port;
}

export function samePolicy(a: HealthPolicy, b: HealthPolicy): boolean {
  if (a === b) return true;
  const keys = Object.keys({ ...a, ...b }) as (keyof HealthPolicy)[];
  return keys.every((key) => a[key] === b[key]);
}

/** A place on the time grid that is the same in every process: FNV-1a of the name, as a share. */
function phaseOf(instance: InstanceName): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < instance.length; index += 1) {
    hash = Math.imul(hash ^ instance.charCodeAt(index), 0x01000193);
  }
  // FNV leaves names that differ in their end close together; one more round spreads them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

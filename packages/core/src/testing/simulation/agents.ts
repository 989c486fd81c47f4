import { MoorageError } from '@moorage/protocol/base';
import type { MemoryBehaviour } from '../../memory/memory-behaviour.js';
import type { MemoryEngine } from '../../memory/memory-engine.js';
import type { Quota } from '../../model/quota.js';

/** What the agents of a history do, by version; the image of version 3 is `agent:3`. */
const behaviours: ReadonlyMap<number, Partial<MemoryBehaviour>> = new Map<number, Partial<MemoryBehaviour>>([
  [1, {}],
  [2, { startDelayMs: 400, healthyAfterMs: 1_500, stopDelayMs: 700 }],
  // Ends while it is still starting, also when it was paused in between.
  [3, { health: 'fail', exitAfterMs: 500, exit: { code: 3 } }],
  [4, { createError: new MoorageError('invalid_argument', 'There is no image "agent:4"', { operation: 'create' }) }],
  [5, { health: 'degraded', healthyAfterMs: 300 }],
  [6, { health: 'fail' }],
  [7, {}],
]);

/** Leaves the number of its instances to the autoscaler of an orchestrator, between these ends. */
export const rangedVersion = 7;
export const range = { min: 1, max: 3 } as const;

/** Versions that become healthy. */
export const goodVersions = {
  container: [1, 2, 5],
  workload: [1, 2, 5, rangedVersion],
} as const satisfies Record<string, readonly number[]>;
/** Versions that never do: one ends at once, one has no image, one never answers well. */
export const badVersions: ReadonlySet<number> = new Set([3, 4, 6]);
export const rolloutDeadlineMs = 30_000;

/** What the tenants of a history may have; one of them comes to its limit. */
const quotas: ReadonlyMap<string, Quota> = new Map([['t-3', { instances: 14 }]]);
export const quotaOf = (tenant: string): Quota => quotas.get(tenant) ?? {};

export function teachAgents(engine: MemoryEngine): void {
  for (const [version, behaviour] of behaviours) engine.behave(`agent:${version}`, behaviour);
}

export function manifestOf(agent: string, version: number) {
  const probes = { interval_ms: 10_000, timeout_ms: 1_000, start_period_ms: 10_000 };
  const scaling = { ...range, targets: [{ metric: 'cpu', value: 60 }] };
  const ranged = version === rangedVersion ? { scaling, resources: { cpu: '100m' } } : {};
  const state = /3\./.test(agent) ? { state: { volumes: [{ name: 'data', path: '/data' }] } } : {};
  return {
    agent_id: agent,
    name: agent,
    version: '1.0.0',
    runtime: {
      image: `agent:${version}`,
      probes,
      ...state,
      ...ranged,
      grace_ms: 6_000,
      rollout_deadline_ms: rolloutDeadlineMs,
    },
  };
}

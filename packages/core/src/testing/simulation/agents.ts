import { MoorageError } from '@moorage/protocol/base';
import type { MemoryBehaviour } from '../../memory/memory-behaviour.js';
import type { MemoryEngine } from '../../memory/memory-engine.js';

/** What the agents of a history do, by version; the image of version 3 is `agent:3`. */
const behaviours: ReadonlyMap<number, Partial<MemoryBehaviour>> = new Map<number, Partial<MemoryBehaviour>>([
  [1, {}],
  [2, { startDelayMs: 400, healthyAfterMs: 1_500, stopDelayMs: 700 }],
  [3, { healthyAfterMs: 3_000, exitAfterMs: 500, exit: { code: 3 } }],
  [4, { createError: new MoorageError('invalid_argument', 'There is no image "agent:4"', { operation: 'create' }) }],
  [5, { health: 'degraded', healthyAfterMs: 300 }],
  [6, { health: 'fail' }],
]);

/** Versions that become healthy. */
export const goodVersions: readonly number[] = [1, 2, 5];
/** Versions that never do: one ends at once, one has no image, one never answers well. */
export const badVersions: ReadonlySet<number> = new Set([3, 4, 6]);
export const rolloutDeadlineMs = 30_000;

export function teachAgents(engine: MemoryEngine): void {
  for (const [version, behaviour] of behaviours) engine.behave(`agent:${version}`, behaviour);
}

export function manifestOf(agent: string, version: number) {
  const probes = { interval_ms: 10_000, timeout_ms: 1_000, start_period_ms: 10_000 };
  const state = /3\./.test(agent) ? { state: { volumes: [{ name: 'data', path: '/data' }] } } : {};
  return {
    agent_id: agent,
    name: agent,
    version: '1.0.0',
    runtime: {
      image: `agent:${version}`,
      probes,
      ...state,
      grace_ms: 2_000,
      rollout_deadline_ms: rolloutDeadlineMs,
    },
  };
}

import type { ClusterWarning } from './event-memory.js';

/**
 * What the health check answered when it failed last. A startup probe counts when it failed `startsAtLeast` times: the
 * first ones fail in every start. Undefined where none is known to have failed. Pure.
 */
export function failedProbes(warnings: readonly ClusterWarning[], startsAtLeast: number): string | undefined {
  const found = warnings.find(
    ({ reason, message, times }) =>
      reason === 'Unhealthy' && (times >= startsAtLeast || !message.startsWith('Startup probe')),
  );
  return found?.message.replace(/^\w+ probe (failed|errored)[^:]*: /, '');
}

/** As `failedProbes`, of those checks after which the kubelet ends a container. */
export function endingProbes(warnings: readonly ClusterWarning[], startsAtLeast: number): string | undefined {
  const ending = warnings.filter(({ message }) => !message.startsWith('Readiness probe'));
  return failedProbes(ending, startsAtLeast);
}

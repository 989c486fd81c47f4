import type { DeploymentPhase, DeploymentStatus } from '../model/deployment.js';
import type { HostEventType } from '../model/events.js';
import type { Groups } from './plan-active.js';
import { crashLoopFailures, type Draft, isServing, tell } from './plan-draft.js';

/** The status that follows from what is there, with the events that a change of phase is worth. */
export function deriveStatus(draft: Draft, groups: Groups): Partial<DeploymentStatus> {
  const { desired, status } = draft.input.record;
  const ready = [...groups.current.values()].filter((instance) => isServing(draft, instance)).length;
  const oldServing = groups.outdated.filter((instance) => isServing(draft, instance)).length;
  const complete = ready >= desired.replicas && groups.outdated.length === 0;
  const change: { -readonly [K in keyof DeploymentStatus]?: DeploymentStatus[K] } = {
    observedGeneration: desired.generation,
    readyInstances: ready,
  };
  if (complete) {
    if (draft.status.rollout) {
      change.rollout = undefined;
      if (status.lastReady && status.lastReady.hash !== draft.target.hash) {
        tell(draft, 'rollout-finished', `Version ${draft.target.hash} is ready`, { hash: draft.target.hash });
      }
    }
    if (desired.replicas > 0 && !draft.target.rolledBack) {
      const { hash, template, health } = draft.target;
      if (status.lastReady?.hash !== hash) change.lastReady = { hash, template, health };
    }
    change.stateLost = false;
  }
  const [phase, reason] = phaseOf(draft, ready, oldServing, complete);
  change.phase = phase;
  change.reason = reason;
  tellPhase(draft, phase, reason);
  return change;
}

function phaseOf(draft: Draft, ready: number, oldServing: number, complete: boolean): [DeploymentPhase, string] {
  const { desired } = draft.input.record;
  if (complete) {
    if (draft.target.rolledBack) return ['degraded', draft.status.failedReason ?? 'Rolled back'];
    return ['ready', desired.replicas === 0 ? 'Scaled to 0' : `${ready} of ${desired.replicas} instances are ready`];
  }
  const failing = [...draft.slots.values()].filter((slot) => slot.ordinal < desired.replicas && slot.failures > 0);
  const worst = failing.sort((a, b) => b.failures - a.failures)[0];
  const hopeless = [...draft.input.failedCreates.values()].find((failure) => !failure.retryable);
  const serving = ready + oldServing;
  if (hopeless) return [serving > 0 ? 'degraded' : 'failed', `Cannot start an instance: ${hopeless.message}`];
  const keptFailure = keepFailure(draft);
  if (keptFailure) return [serving > 0 ? 'degraded' : 'failed', keptFailure];
  if (worst && worst.failures >= crashLoopFailures) {
    const last = draft.incidents.at(-1)?.message ?? lastCrashWords(draft);
    const words = `Crash loop: ${worst.failures} attempts ended in a row${last ? `; the last: ${last}` : ''}`;
    return [serving > 0 ? 'degraded' : 'failed', words];
  }
  if (draft.status.rollout && draft.status.lastReady) {
    return ['progressing', `Rolling out version ${draft.target.hash}: ${ready} of ${desired.replicas} are ready`];
  }
  if (draft.status.lastReady) {
    const words = `${ready} of ${desired.replicas} instances are ready`;
    return [serving > 0 ? 'degraded' : 'progressing', words];
  }
  return ['pending', `${ready} of ${desired.replicas} instances are ready`];
}

/** A crash loop goes on being told in the words of its last end. */
function lastCrashWords(draft: Draft): string | undefined {
  const marker = '; the last: ';
  const { reason } = draft.input.record.status;
  const at = reason.indexOf(marker);
  return at < 0 ? undefined : reason.slice(at + marker.length);
}

/** An instance that cannot be started stays told until an attempt gets further. */
function keepFailure(draft: Draft): string | undefined {
  const { status, desired } = draft.input.record;
  if (!status.reason.startsWith('Cannot start an instance: ')) return undefined;
  const sameWish = status.observedGeneration === desired.generation;
  const anyRunning = draft.input.instances.some((instance) => instance.state === 'running');
  return sameWish && !anyRunning && draft.incidents.length === 0 ? status.reason : undefined;
}

const phaseEvents: Partial<Record<DeploymentPhase, HostEventType>> = {
  ready: 'deployment-ready',
  degraded: 'deployment-degraded',
  failed: 'deployment-failed',
  progressing: 'deployment-progressing',
};

function tellPhase(draft: Draft, phase: DeploymentPhase, reason: string): void {
  const type = phaseEvents[phase];
  if (type === undefined || draft.input.record.status.phase === phase) return;
  tell(draft, type, reason, { phase, before: draft.input.record.status.phase });
}

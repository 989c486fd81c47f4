import type { Plan } from '../model/plan.js';
import { planActive } from './plan-active.js';
import { finishDraft, isBusy, remove, startDraft, tell } from './plan-draft.js';
import type { PlanInput } from './plan-input.js';

/**
 * What has to be done for one deployment, from what is wanted and what the engine reports. Pure; the same input gives
 * the same plan, and a plan that was carried out is followed by an empty one.
 *
 * Example: one replica wanted, no instance there, attempt 0 committed so far → `create moor-…-0-…-1: 0 of 1 there`, and
 * a status with attempt 1, which is committed before the create is carried out.
 */
export function planDeployment(input: PlanInput): Plan {
  if (input.record.desired.deletedAt !== undefined) return planDeletion(input);
  if (input.record.desired.parked !== false) return planParked(input);
  return planActive(input);
}

function planDeletion(input: PlanInput): Plan {
  const draft = startDraft(input);
  for (const instance of input.instances) {
    if (instance.state !== 'removing') remove(draft, instance, 'the deployment is being deleted', true);
  }
  const gone = input.instances.length === 0 && input.busy.size === 0;
  if (gone) tell(draft, 'deployment-deleted', 'Nothing of it is left on the engine');
  const { generation } = input.record.desired;
  const reason = gone ? 'Deleted' : `Being deleted: ${input.instances.length} instances are left`;
  return finishDraft(
    draft,
    { phase: 'deleting', reason, observedGeneration: generation, readyInstances: 0, rollout: undefined },
    gone,
  );
}

function planParked(input: PlanInput): Plan {
  const draft = startDraft(input);
  const { desired } = input.record;
  const depth = desired.parked === false ? 'stop' : desired.parked;
  let lost = draft.status.stateLost;
  const kept = new Set<number>();
  const newestFirst = [...input.instances].sort((a, b) => a.ordinal - b.ordinal || b.attempt - a.attempt);
  for (const instance of newestFirst) {
    if (instance.state === 'removing') continue;
    const wanted =
      instance.templateHash === draft.target.hash && instance.ordinal < desired.replicas && !kept.has(instance.ordinal);
    // A pause is not deep enough for a stop; a stop is for a pause, since what it lost does not come back.
    const rests =
      instance.state === 'stopped' || (instance.state === 'paused' && (depth === 'pause' || !input.canPark));
    if (wanted && rests) {
      kept.add(instance.ordinal);
    } else if (wanted && (instance.state === 'running' || instance.state === 'paused') && input.canPark) {
      kept.add(instance.ordinal);
      if (!isBusy(draft, instance.name)) {
        draft.actions.push({ kind: 'park', name: instance.name, depth, cause: `parked (${depth})` });
      }
    } else {
      // An end while parked is no crash: it only loses what was kept.
      if (wanted && instance.state === 'exited') lost = true;
      remove(draft, instance, 'not needed while parked');
    }
  }
  if (draft.status.phase !== 'parked') tell(draft, 'deployment-parked', `Parked (${depth})`, { depth });
  const reason = `Parked (${depth}): ${kept.size} of ${desired.replicas} instances kept`;
  return finishDraft(draft, {
    phase: 'parked',
    reason,
    observedGeneration: desired.generation,
    readyInstances: 0,
    rollout: undefined,
    stateLost: lost,
  });
}

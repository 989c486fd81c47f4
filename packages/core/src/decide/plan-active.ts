import type { ObservedInstance } from '../model/instance.js';
import { instanceName } from '../model/instance-name.js';
import type { Plan } from '../model/plan.js';
import { longestDelayMs } from './backoff.js';
import { deriveStatus } from './derive-status.js';
import {
  crashLoopFailures,
  type Draft,
  failureResetMs,
  finishDraft,
  isBusy,
  isServing,
  lookAgain,
  remove,
  slotOf,
  startDraft,
  tell,
} from './plan-draft.js';
import type { PlanInput } from './plan-input.js';
import { settleEnds } from './settle-ends.js';

/** The plan of a deployment that is to run. */
export function planActive(input: PlanInput): Plan {
  const draft = startDraft(input);
  beginRollout(draft);
  settleEnds(draft);
  if (rollBack(draft)) {
    lookAgain(draft, 1);
    return finishDraft(draft, {});
  }
  const groups = groupInstances(draft);
  unparkKept(draft, groups);
  fillSlots(draft, groups);
  trimInstances(draft, groups);
  forgetOldFailures(draft, groups);
  tellHealth(draft);
  return finishDraft(draft, deriveStatus(draft, groups));
}

/** A version that was never ready, or a restart: its own count of failures and its own deadline. */
function beginRollout(draft: Draft): void {
  const { desired, status } = draft.input.record;
  const { hash, rolledBack } = draft.target;
  const restarted = status.observedRestartEpoch !== desired.restartEpoch;
  if (status.failedHash !== undefined && status.failedHash !== desired.templateHash) {
    // The wish has changed: the version that failed may be asked for again later.
    draft.status = { ...draft.status, failedHash: undefined, failedReason: undefined };
  }
  const isNew = !rolledBack && hash !== status.lastReady?.hash && hash !== status.rollout?.hash;
  const startedAt = draft.status.rollout?.startedAt ?? 0;
  if (draft.status.rollout && startedAt > draft.input.now) {
    // Begun under a wall clock that was ahead: its deadline counts from now.
    draft.status = { ...draft.status, rollout: { ...draft.status.rollout, startedAt: draft.input.now } };
  }
  if (!restarted && !isNew) return;
  for (const slot of draft.slots.values()) {
    draft.slots.set(slot.ordinal, { ...slot, failures: 0, retryAt: undefined });
  }
  draft.status = {
    ...draft.status,
    observedRestartEpoch: desired.restartEpoch,
    failedHash: undefined,
    failedReason: undefined,
    rollout: { hash, startedAt: draft.input.now },
  };
  if (isNew && status.lastReady) tell(draft, 'rollout-started', `Rolling out version ${hash}`, { hash });
}

/** True when the roll-out has just been given up. */
function rollBack(draft: Draft): boolean {
  const { desired } = draft.input.record;
  const { rollout, lastReady } = draft.status;
  if (!rollout || !lastReady || draft.target.rolledBack || lastReady.hash === draft.target.hash) return false;
  const serving = draft.input.instances.filter(
    (instance) => instance.templateHash === draft.target.hash && isServing(draft, instance),
  ).length;
  const late = serving < desired.replicas && draft.input.now - rollout.startedAt >= desired.rolloutDeadlineMs;
  const failures = Math.max(0, ...[...draft.slots.values()].map((slot) => slot.failures));
  if (!late && failures < crashLoopFailures) {
    lookAgain(draft, rollout.startedAt + desired.rolloutDeadlineMs - draft.input.now);
    return false;
  }
  const why = late ? `it was not ready within ${desired.rolloutDeadlineMs} ms` : `${failures} attempts ended in a row`;
  const last = draft.incidents.at(-1)?.message;
  const reason = `Rolled back to version ${lastReady.hash}: ${why}${last ? ` (${last})` : ''}`;
  draft.status = { ...draft.status, failedHash: rollout.hash, failedReason: reason, rollout: undefined, reason };
  for (const slot of draft.slots.values()) {
    draft.slots.set(slot.ordinal, { ...slot, failures: 0, retryAt: undefined });
  }
  tell(draft, 'rollout-rolled-back', reason, { from: rollout.hash, to: lastReady.hash });
  return true;
}

/** The instances that are still alive, by what they are to the target. */
export interface Groups {
  /** Right version, wanted ordinal, at most one each. */
  readonly current: ReadonlyMap<number, ObservedInstance>;
  /** Another version or restart epoch: replaced one by one. */
  readonly outdated: readonly ObservedInstance[];
  /** Right version, but one too many. */
  readonly surplus: readonly ObservedInstance[];
}

function groupInstances(draft: Draft): Groups {
  const { desired } = draft.input.record;
  const current = new Map<number, ObservedInstance>();
  const outdated: ObservedInstance[] = [];
  const surplus: ObservedInstance[] = [];
  const readyFirst = [...draft.input.instances].sort(
    (a, b) =>
      a.ordinal - b.ordinal || Number(isServing(draft, b)) - Number(isServing(draft, a)) || a.attempt - b.attempt,
  );
  for (const instance of readyFirst) {
    if (instance.state === 'removing' || instance.state === 'exited' || draft.given.has(instance.name)) continue;
    if (draft.input.busy.get(instance.name) === 'remove') continue;
    const matches = instance.templateHash === draft.target.hash && instance.restartEpoch === desired.restartEpoch;
    if (!matches) outdated.push(instance);
    else if (instance.ordinal < desired.replicas && !current.has(instance.ordinal)) {
      current.set(instance.ordinal, instance);
    } else surplus.push(instance);
  }
  return { current, outdated, surplus };
}

function unparkKept(draft: Draft, groups: Groups): void {
  for (const instance of groups.current.values()) {
    if (instance.state !== 'paused' && instance.state !== 'stopped') continue;
    if (isBusy(draft, instance.name)) continue;
    draft.actions.push({ kind: 'unpark', name: instance.name, cause: 'wanted again' });
  }
}

/** Creates what is missing: all at once when nothing old runs, one beyond the wanted number (surge 1) when it does. */
function fillSlots(draft: Draft, groups: Groups): void {
  const { desired } = draft.input.record;
  const { hash, template, health } = draft.target;
  const creating = [...draft.input.busy].filter(([, call]) => call === 'create').map(([name]) => name);
  const unlisted = creating.filter((name) => !draft.input.instances.some((instance) => instance.name === name));
  // What is on its way out still counts: it is there until the engine says that it is gone (I1).
  const alive = draft.input.instances.filter((one) => one.state !== 'exited' && one.state !== 'removing').length;
  const missing = desired.replicas - groups.current.size;
  let room = Math.min(missing, desired.replicas + 1 - alive) - unlisted.length;
  for (let ordinal = 0; ordinal < desired.replicas; ordinal += 1) {
    const there = groups.current.get(ordinal);
    if (there) {
      finishHalfMade(draft, there);
      continue;
    }
    const slot = slotOf(draft, ordinal);
    const latest = instanceName(desired.id, hash, ordinal, slot.attempt);
    if (draft.input.busy.get(latest) === 'create') continue;
    if (room <= 0) continue;
    const waitMs = (slot.retryAt ?? 0) - draft.input.now;
    // Further away than any back-off: written under a wall clock that was wrong then or is now.
    if (waitMs > 0 && waitMs <= 1.25 * longestDelayMs) {
      lookAgain(draft, waitMs);
      continue;
    }
    room -= 1;
    const attempt = slot.attempt + 1;
    draft.slots.set(ordinal, { ...slot, attempt, retryAt: undefined });
    const name = instanceName(desired.id, hash, ordinal, attempt);
    const cause = `${groups.current.size} of ${desired.replicas} there${slot.failures > 0 ? `, ${slot.failures} failed before` : ''}`;
    draft.actions.push({ kind: 'create', name, ordinal, attempt, hash, template, health, cause });
    tell(draft, 'instance-created', `Creating ${name}: ${cause}`, { instance: name, ordinal, attempt });
  }
}

/** A host died between the create and the start: the same create again finishes it. */
function finishHalfMade(draft: Draft, instance: ObservedInstance): void {
  if (instance.state !== 'creating' || isBusy(draft, instance.name)) return;
  const { hash, template, health } = draft.target;
  const { name, ordinal, attempt } = instance;
  const slot = slotOf(draft, ordinal);
  // Counted as ended, or followed by another attempt: a list that lags shows it, and it must not be made again.
  const isOver = slot.lastEnded === name || attempt < slot.attempt;
  if (isOver) remove(draft, instance, 'the attempt was given up');
  else draft.actions.push({ kind: 'create', name, ordinal, attempt, hash, template, health, cause: 'it is half made' });
}

/** Removes what is too much; an old one only while enough others serve, unless it does not serve itself. */
function trimInstances(draft: Draft, groups: Groups): void {
  const { desired } = draft.input.record;
  for (const instance of groups.surplus) remove(draft, instance, `${desired.replicas} wanted`);
  let serving = [...groups.current.values(), ...groups.outdated].filter((one) => isServing(draft, one)).length;
  const idleFirst = [...groups.outdated].sort((a, b) => Number(isServing(draft, a)) - Number(isServing(draft, b)));
  for (const instance of idleFirst) {
    const serves = isServing(draft, instance);
    if (serves && serving <= desired.replicas) continue;
    if (serves) serving -= 1;
    remove(draft, instance, `replaced by version ${draft.target.hash}`);
  }
}

function forgetOldFailures(draft: Draft, groups: Groups): void {
  for (const [ordinal, instance] of groups.current) {
    const slot = slotOf(draft, ordinal);
    if (slot.failures === 0 || !isServing(draft, instance) || instance.startedAt === undefined) continue;
    const age = draft.input.now - instance.startedAt;
    if (age >= failureResetMs) draft.slots.set(ordinal, { ...slot, failures: 0 });
    else lookAgain(draft, failureResetMs - age);
  }
}

/** Health that events have not told yet. */
function tellHealth(draft: Draft): void {
  for (const instance of draft.input.instances) {
    const now = draft.input.health.get(instance.name);
    const before = draft.input.told.get(instance.name);
    if (now === undefined || now === before || now === 'unknown' || now === 'starting') continue;
    const name = instance.name;
    tell(draft, 'health-changed', `${name} is ${now}`, { instance: name, from: before ?? 'unknown', to: now });
    if (now === 'healthy' && before !== 'degraded')
      tell(draft, 'instance-ready', `${name} is ready`, { instance: name });
    if (now === 'unhealthy') tell(draft, 'instance-unhealthy', `${name} is unhealthy`, { instance: name });
  }
}

import type { DeploymentStatus, Slot } from '../model/deployment.js';
import type { HostEventType, NewEvent } from '../model/events.js';
import type { HealthPolicy } from '../model/health.js';
import type { EpochMs, InstanceName } from '../model/ids.js';
import type { IncidentReason } from '../model/incident.js';
import type { InstanceExit, ObservedInstance } from '../model/instance.js';
import type { Plan, PlanAction, PlannedIncident } from '../model/plan.js';
import type { Template } from '../model/template.js';
import { restartDelayMs } from './backoff.js';
import type { PlanInput } from './plan-input.js';
import { sameData } from './same-data.js';

/** Attempts that end in a row until it is told as a crash loop. */
export const crashLoopFailures = 3;

/** So long healthy in a row, and the back-off starts anew. */
export const failureResetMs = 600_000;

/** The version that instances should have: the wish, or after a failed roll-out the last one that was ready. */
export interface Target {
  readonly hash: string;
  readonly template: Template;
  readonly health: HealthPolicy;
  readonly rolledBack: boolean;
}

/** A plan in the making. Lives within one call of `planDeployment`. */
export interface Draft {
  readonly input: PlanInput;
  readonly target: Target;
  readonly slots: Map<number, Slot>;
  readonly actions: PlanAction[];
  readonly events: NewEvent[];
  readonly incidents: PlannedIncident[];
  /** Instances that this plan gives up: not counted as alive any more. */
  readonly given: Set<InstanceName>;
  status: DeploymentStatus;
  lookAgainMs: number | undefined;
}

export function chooseTarget(input: Pick<PlanInput, 'record'>): Target {
  const { desired, status } = input.record;
  const failed = status.failedHash === desired.templateHash && status.observedRestartEpoch === desired.restartEpoch;
  if (failed && status.lastReady && status.lastReady.hash !== desired.templateHash) {
    return { ...status.lastReady, rolledBack: true };
  }
  return { hash: desired.templateHash, template: desired.template, health: desired.health, rolledBack: false };
}

export function startDraft(input: PlanInput): Draft {
  const { status } = input.record;
  return {
    input,
    target: chooseTarget(input),
    slots: slotsOf(input),
    actions: [],
    events: [],
    incidents: [],
    given: new Set(),
    status,
    lookAgainMs: undefined,
  };
}

/** The slots as they are stored. A store from a backup knows less than the engine shows: no attempt is made twice. */
function slotsOf({ record, instances }: PlanInput): Map<number, Slot> {
  const slots = new Map(record.status.slots.map((slot) => [slot.ordinal, slot]));
  for (const { ordinal, attempt } of instances) {
    const slot = slots.get(ordinal) ?? newSlot(ordinal);
    if (slot.attempt < attempt) slots.set(ordinal, { ...slot, attempt });
  }
  return slots;
}

export function slotOf(draft: Draft, ordinal: number): Slot {
  return draft.slots.get(ordinal) ?? newSlot(ordinal);
}

function newSlot(ordinal: number): Slot {
  return { ordinal, attempt: 0, failures: 0, retryAt: undefined, lastEnded: undefined };
}

export function tell(draft: Draft, type: HostEventType, message: string, data: Record<string, unknown> = {}): void {
  const { id, tenant, agentId } = draft.input.record.desired;
  draft.events.push({ type, deploymentId: id, tenant, agentId, message, data });
}

export function lookAgain(draft: Draft, inMs: number): void {
  const wait = Math.max(1, Math.ceil(inMs));
  draft.lookAgainMs = draft.lookAgainMs === undefined ? wait : Math.min(draft.lookAgainMs, wait);
}

export function isBusy(draft: Draft, name: InstanceName): boolean {
  return draft.input.busy.has(name);
}

/** Asks for an end; the grace is the template's for what runs, nothing for what has ended. */
export function remove(draft: Draft, instance: ObservedInstance, cause: string, purge = false): void {
  draft.given.add(instance.name);
  if (isBusy(draft, instance.name)) return;
  const running = instance.state === 'running';
  const graceMs = running ? draft.input.record.desired.template.graceMs : 0;
  draft.actions.push({ kind: 'remove', name: instance.name, purge, graceMs, cause });
  tell(draft, 'instance-removed', `Removing ${instance.name}: ${cause}`, { instance: instance.name });
}

/** Counts one end of an attempt, once, and sets when the next may be made. */
export function countFailure(
  draft: Draft,
  end: {
    readonly name: InstanceName;
    readonly ordinal: number;
    readonly reason: IncidentReason;
    readonly message: string;
    readonly exit: InstanceExit | undefined;
  },
): void {
  const slot = slotOf(draft, end.ordinal);
  if (slot.lastEnded === end.name || slot.counted?.includes(end.name)) return;
  const failures = slot.failures + 1;
  const delay = restartDelayMs(failures, draft.input.random01);
  const retryAt: EpochMs | undefined = delay === 0 ? undefined : draft.input.now + delay;
  // One of an earlier attempt does not make the end of the latest one, which may still be listed, seem new.
  const isLatestOver = slot.lastEnded?.endsWith(`-${slot.attempt}`) ?? false;
  const lastEnded = isLatestOver ? slot.lastEnded : end.name;
  draft.slots.set(end.ordinal, { ...slot, failures, retryAt, lastEnded, counted: countedOf(draft, slot, end.name) });
  draft.incidents.push({ instance: end.name, reason: end.reason, message: end.message, exit: end.exit });
  tell(draft, 'instance-ended', end.message, { instance: end.name, reason: end.reason, exit: end.exit });
  tell(draft, 'incident-opened', end.message, { instance: end.name, reason: end.reason });
}

/** Whatever is gone from the list cannot end again. Undefined when there is none, as in records of before. */
function countedOf(draft: Draft, { counted = [], lastEnded }: Slot, name: InstanceName): Slot['counted'] {
  const known = new Set([...counted, ...(lastEnded === undefined ? [] : [lastEnded]), name]);
  const listed = draft.input.instances.map((instance) => instance.name).filter((one) => known.has(one));
  return listed.length === 0 ? undefined : listed;
}

export function isServing(draft: Draft, instance: ObservedInstance): boolean {
  const health = draft.input.health.get(instance.name);
  return (
    instance.state === 'running' &&
    instance.endpoint !== undefined &&
    (health === 'healthy' || health === 'degraded') &&
    !draft.given.has(instance.name) &&
    draft.input.busy.get(instance.name) !== 'remove' &&
    draft.input.busy.get(instance.name) !== 'park'
  );
}

/** The finished plan; a status that says the same as before is the old one, so that nothing is written. */
export function finishDraft(draft: Draft, change: Partial<DeploymentStatus>, drop = false): Plan {
  const { record, instances, now } = draft.input;
  const isWanted = !record.desired.parked && record.desired.deletedAt === undefined;
  const serving = isWanted ? instances.filter((instance) => isServing(draft, instance)) : [];
  const slots = [...draft.slots.values()]
    .map((slot) => withServing(slot, serving))
    .sort((a, b) => a.ordinal - b.ordinal);
  const status: DeploymentStatus = { ...draft.status, ...change, slots, updatedAt: record.status.updatedAt };
  const same = sameData(status, record.status);
  return {
    actions: draft.actions,
    status: same ? record.status : { ...status, updatedAt: now },
    events: draft.events,
    incidents: draft.incidents,
    routable: serving.map((instance) => instance.name),
    drop,
    lookAgainMs: draft.lookAgainMs,
  };
}

function withServing(slot: Slot, serving: readonly ObservedInstance[]): Slot {
  const attempts = serving.filter(({ ordinal }) => ordinal === slot.ordinal).map(({ attempt }) => attempt);
  return { ...slot, serving: attempts.length > 0 ? attempts.sort((a, b) => a - b) : undefined };
}

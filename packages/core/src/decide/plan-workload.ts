import type { DeploymentPhase, DeploymentRecord, DeploymentStatus } from '../model/deployment.js';
import type { HostEventType, NewEvent } from '../model/events.js';
import type { HealthStatus } from '../model/health.js';
import type { EpochMs, InstanceName } from '../model/ids.js';
import type { Plan, PlannedIncident } from '../model/plan.js';
import type { ReplicaWish, ScalingRange } from '../model/scaling.js';
import type { ObservedWorkload } from '../model/workload.js';
import { chooseTarget, type Target } from './plan-draft.js';
import { sameData } from './same-data.js';
import { describeExit } from './settle-ends.js';

export interface WorkloadPlanInput {
  readonly record: DeploymentRecord;
  /** Undefined: the engine has nothing of it. */
  readonly observed: ObservedWorkload | undefined;
  readonly health: ReadonlyMap<InstanceName, HealthStatus>;
  /** Ends that are told already. */
  readonly toldEnds: ReadonlySet<InstanceName>;
  /** A call to the engine for this deployment is under way. */
  readonly busy: boolean;
  /** This process has asked for its end, and made nothing of it since. */
  readonly endAsked: boolean;
  /** The engine refused the last wish, and waiting does not cure it. */
  readonly refusal: string | undefined;
  readonly now: EpochMs;
}

export interface StatedWish {
  readonly target: Target;
  readonly replicas: ReplicaWish;
  readonly cause: string;
  /** It serves as it is: only something beside has to be put in order. */
  readonly tidying: boolean;
}

/** What to do about a workload: the plan's actions are empty, the cluster does the rest. */
export interface WorkloadPlan extends Plan {
  /** What to state (again): the replicas are none while parked. */
  readonly apply: StatedWish | undefined;
  readonly deleteCause: string | undefined;
}

/** The wish, the cluster's report, and what follows: state the wish, delete it, or only tell how it is. Pure. */
export function planWorkload(input: WorkloadPlanInput): WorkloadPlan {
  const { record, observed } = input;
  const { desired, status } = record;
  if (desired.deletedAt !== undefined) return planWorkloadDeletion(input);
  const rolledBack = rollBackOf(input);
  const restarted = status.observedRestartEpoch !== desired.restartEpoch;
  const changedSince = status.failedHash !== undefined && (restarted || status.failedHash !== desired.templateHash);
  const base = rolledBack ?? (changedSince ? { ...status, failedHash: undefined, failedReason: undefined } : status);
  const target = chooseTarget({ record: { ...record, status: base } });
  const wish = wishOf(desired);
  const replicas = instancesOf(wish, observed);
  const cause = applyCause(input, target, wish);
  // What else has to be put in order changes nothing of how it serves.
  const toState = cause ?? (observed?.deleting ? undefined : observed?.unfinished);
  const incidents = incidentsOf(input);
  const [phase, reason] = phaseOf(input, base, target, replicas, cause !== undefined);
  // What is there before the range was stated is not the autoscaler's number yet.
  const wantedInstances = 'fixed' in wish || cause !== undefined ? undefined : replicas;
  const scaled = scaledOf(input, wantedInstances);
  const complete = phase === 'ready';
  const change: DeploymentStatus = {
    ...base,
    phase,
    reason,
    observedGeneration: desired.generation,
    observedRestartEpoch: desired.restartEpoch,
    readyInstances: observed?.ready ?? 0,
    wantedInstances,
    rollout: complete ? undefined : (base.rollout ?? startRollout(input, target)),
    lastReady:
      complete && replicas > 0 && !target.rolledBack
        ? { hash: target.hash, template: target.template, health: target.health }
        : base.lastReady,
    updatedAt: status.updatedAt,
  };
  const same = sameData(change, status);
  const events = [
    ...eventsOf(input, phase, reason, rolledBack),
    ...(scaled
      ? [eventOf(record, 'deployment-scaled', `scale from ${scaled.from} to ${scaled.to}: ${scaled.cause}`)]
      : []),
    ...incidents.map((one) => endEvent(record, one)),
  ];
  return {
    actions: [],
    status: same ? status : { ...change, updatedAt: input.now },
    events,
    incidents,
    routable: desired.parked === false ? routableOf(input) : [],
    drop: false,
    lookAgainMs: complete || desired.parked !== false ? undefined : 1_000,
    apply:
      toState === undefined || input.busy
        ? undefined
        : { target, replicas: wish, cause: toState, tidying: cause === undefined },
    scaled,
    deleteCause: undefined,
  };
}

function planWorkloadDeletion(input: WorkloadPlanInput): WorkloadPlan {
  const { record, observed } = input;
  const gone = observed === undefined && !input.busy;
  // Nothing may be told of it because a host died in its first steps: what these left goes with a call of ours.
  const over = gone && input.endAsked;
  const reason = over ? 'Deleted' : 'Being deleted';
  const status: DeploymentStatus = {
    ...record.status,
    phase: 'deleting',
    reason,
    observedGeneration: record.desired.generation,
    readyInstances: 0,
    rollout: undefined,
  };
  const same = sameData(status, record.status);
  return {
    actions: [],
    status: same ? record.status : { ...status, updatedAt: input.now },
    events: over ? [eventOf(record, 'deployment-deleted', 'Nothing of it is left on the engine')] : [],
    incidents: [],
    routable: [],
    drop: over,
    lookAgainMs: over ? undefined : 500,
    apply: undefined,
    deleteCause: lacksEnd(input) ? 'the deployment is being deleted' : undefined,
  };
}

function lacksEnd({ observed, busy, endAsked }: WorkloadPlanInput): boolean {
  return !busy && (observed ? !observed.deleting : !endAsked);
}

function wishOf({ parked, scaling, replicas }: DeploymentRecord['desired']): ReplicaWish {
  if (parked !== false) return { fixed: 0 };
  return scaling ?? { fixed: replicas };
}

/** The number in force: of a range the one that the cluster has chosen. */
function instancesOf(wish: ReplicaWish, observed: ObservedWorkload | undefined): number {
  if ('fixed' in wish) return wish.fixed;
  return Math.min(Math.max(observed?.wanted ?? wish.min, wish.min), wish.max);
}

/** The cluster's autoscaler chose another number since the last look. */
function scaledOf({ record }: WorkloadPlanInput, now: number | undefined): Plan['scaled'] {
  const before = record.status.wantedInstances;
  const { scaling } = record.desired;
  if (!scaling || before === undefined || now === undefined || before === now) return undefined;
  return { from: before, to: now, cause: `the engine's autoscaler (${describeRange(scaling)})` };
}

function describeRange({ min, max, targets }: ScalingRange): string {
  const aims = targets.map(({ metric, percent }) => `${metric} ${percent} %`);
  return `${aims.join(', ')}; ${min} to ${max} instances`;
}

/** Why the wish has to be stated (again), or undefined when the cluster has it. */
function applyCause(input: WorkloadPlanInput, target: Target, wish: ReplicaWish): string | undefined {
  const { desired } = input.record;
  const { observed } = input;
  if (!observed) return 'the engine does not have it';
  if (observed.deleting) return undefined;
  if (observed.templateHash !== target.hash) return `version ${target.hash} is wanted`;
  if (observed.restartEpoch !== desired.restartEpoch) return 'a restart was asked for';
  if ('fixed' in wish && observed.wanted !== wish.fixed) {
    return `${wish.fixed} instances are wanted, not ${observed.wanted}`;
  }
  // No autoscaler leaves its range by itself: someone has scaled it, or a restored store has a wish of the same number.
  if (!('fixed' in wish) && (observed.wanted < wish.min || observed.wanted > wish.max)) {
    return `${wish.min} to ${wish.max} instances are wanted, not ${observed.wanted}`;
  }
  // Also what no version tells: probes, deadlines, the range.
  if (observed.generation !== desired.generation) return `generation ${desired.generation} is wanted`;
  const isSame = observed.wishedAt === undefined || observed.wishedAt === desired.updatedAt;
  return isSame ? undefined : `generation ${desired.generation} is another one since a backup was brought back`;
}

/** The status after the cluster has given a roll-out up; undefined when it has not. */
function rollBackOf(input: WorkloadPlanInput): DeploymentStatus | undefined {
  const { desired, status } = input.record;
  const { observed } = input;
  if (observed?.rollout !== 'failed' || observed.templateHash !== desired.templateHash) return undefined;
  // A restart is a new try: what the cluster says is about the one before.
  if (observed.restartEpoch !== desired.restartEpoch) return undefined;
  if (!status.lastReady || status.lastReady.hash === desired.templateHash) return undefined;
  if (status.failedHash === desired.templateHash) return undefined;
  const why = observed.causes.join('; ') || 'it was not ready in time';
  const reason = `Rolled back to version ${status.lastReady.hash}: ${why}`;
  return {
    ...status,
    observedRestartEpoch: desired.restartEpoch,
    failedHash: desired.templateHash,
    failedReason: reason,
    rollout: undefined,
    reason,
  };
}

function startRollout(input: WorkloadPlanInput, target: Target): DeploymentStatus['rollout'] {
  return target.rolledBack || target.hash === input.record.status.lastReady?.hash
    ? undefined
    : { hash: target.hash, startedAt: input.now };
}

function phaseOf(
  input: WorkloadPlanInput,
  base: DeploymentStatus,
  target: Target,
  replicas: number,
  applying: boolean,
): [DeploymentPhase, string] {
  const { desired } = input.record;
  const { observed } = input;
  if (input.refusal !== undefined) return ['failed', `The engine refused it: ${input.refusal}`];
  if (desired.parked !== false) {
    return ['parked', 'Parked: no instance runs; volumes are kept, memory is not'];
  }
  const ready = observed?.ready ?? 0;
  const done =
    !applying && observed?.rollout === 'complete' && ready >= replicas && observed.instances.length <= replicas;
  if (done && target.rolledBack) return ['degraded', base.failedReason ?? 'Rolled back'];
  const causes = observed?.causes.length ? `: ${observed.causes.join('; ')}` : '';
  const words = `${ready} of ${replicas} instances are ready${causes}`;
  // What stands still although all is ready, as an autoscaler without figures, is told as well.
  if (done) return ['ready', replicas === 0 ? 'Scaled to 0' : words];
  if (observed?.rollout === 'failed') return [ready > 0 ? 'degraded' : 'failed', words];
  // The engine may have lost sight of what answers our own probes all the while: it serves.
  const serves = ready > 0 || routableOf(input).length > 0;
  if (base.lastReady) return [serves && base.lastReady.hash === target.hash ? 'degraded' : 'progressing', words];
  return ['pending', words];
}

function routableOf(input: WorkloadPlanInput): InstanceName[] {
  const address = input.observed?.address;
  return (input.observed?.instances ?? [])
    .filter((instance) => {
      // Behind one address of the engine's it is the engine that keeps away from those that are not ready.
      const health = address ? instance.health : input.health.get(instance.name);
      const reachable = address ?? instance.endpoint;
      return instance.state === 'running' && reachable && (health === 'healthy' || health === 'degraded');
    })
    .map((instance) => instance.name);
}

/** Ends that nobody asked for. While it is parked an end is what was asked for. */
function incidentsOf(input: WorkloadPlanInput): PlannedIncident[] {
  if (input.record.desired.parked !== false) return [];
  return (input.observed?.ended ?? [])
    .filter(({ name }) => !input.toldEnds.has(name))
    .map(({ name, exit }) => ({
      instance: name,
      reason: exit.oom ? 'oom' : exit.signal !== undefined ? 'signal' : 'exit-code',
      message: `${name} ended: ${describeExit(exit)}`,
      exit,
    }));
}

function eventsOf(
  input: WorkloadPlanInput,
  phase: DeploymentPhase,
  reason: string,
  rolledBack: DeploymentStatus | undefined,
): NewEvent[] {
  const { record } = input;
  const events = rolledBack ? [eventOf(record, 'rollout-rolled-back', rolledBack.reason)] : [];
  if (phase === record.status.phase) return events;
  const types: Partial<Record<DeploymentPhase, HostEventType>> = {
    ready: 'deployment-ready',
    degraded: 'deployment-degraded',
    failed: 'deployment-failed',
    progressing: 'deployment-progressing',
    parked: 'deployment-parked',
  };
  const type = types[phase];
  return type ? [...events, eventOf(record, type, reason)] : events;
}

function endEvent(record: DeploymentRecord, incident: PlannedIncident): NewEvent {
  return eventOf(record, 'incident-opened', incident.message, { instance: incident.instance, reason: incident.reason });
}

function eventOf(
  record: DeploymentRecord,
  type: HostEventType,
  message: string,
  data: Record<string, unknown> = {},
): NewEvent {
  const { id, tenant, agentId } = record.desired;
  return { type, deploymentId: id, tenant, agentId, message, data };
}

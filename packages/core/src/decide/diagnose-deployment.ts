import type { DeploymentRecord } from '../model/deployment.js';
import type { Finding, FindingKind } from '../model/finding.js';
import { formatPlan } from '../model/format-plan.js';
import type { HealthStatus } from '../model/health.js';
import type { EpochMs, InstanceName } from '../model/ids.js';
import type { Incident } from '../model/incident.js';
import type { ObservedInstance } from '../model/instance.js';
import type { Plan, PlanAction } from '../model/plan.js';
import { deploymentLabel } from './deployment-label.js';
import { planDeployment } from './plan-deployment.js';
import { chooseTarget } from './plan-draft.js';
import { describeExit } from './settle-ends.js';
import { statusFindings } from './status-findings.js';

/** What is known of one deployment, by one who looks and does nothing. */
export interface DeploymentFacts {
  readonly record: DeploymentRecord;
  readonly instances: readonly ObservedInstance[];
  readonly health: ReadonlyMap<InstanceName, HealthStatus>;
  readonly lastIncident: Incident | undefined;
  readonly canPark: boolean;
  readonly now: EpochMs;
}

/**
 * What differs between the wish for one deployment and its instances. Pure: the plan is the one that a host would make
 * which has just started, so nothing is said that no host would do.
 */
export function diagnoseDeployment(facts: DeploymentFacts): readonly Finding[] {
  const { record, instances, health, canPark, now } = facts;
  const plan = planDeployment({
    record,
    instances,
    health,
    told: health,
    busy: new Map(),
    failedCreates: new Map(),
    seen: new Set(),
    canPark,
    now,
    random01: 0.5,
  });
  const findings = plan.actions.map((action) => findingOf(facts, action));
  for (const instance of instances) {
    if (instance.state === 'removing') findings.push(leaving(facts, instance));
  }
  if (plan.drop) {
    const message = `${deploymentLabel(record)} is deleted, and nothing of it is left on the engine`;
    findings.push(aFinding(record, 'deleting', message, 'drop: its record, address and port go'));
  }
  findings.push(...waiting(facts, plan));
  return [...findings, ...statusFindings(record, facts.lastIncident, findings.length > 0)];
}

function aFinding(
  record: DeploymentRecord,
  kind: FindingKind,
  message: string,
  willDo: string,
  instance?: InstanceName,
): Finding {
  const { id, tenant } = record.desired;
  return { kind, differs: true, deploymentId: id, tenant, ...(instance && { instance }), message, willDo };
}

function findingOf(facts: DeploymentFacts, action: PlanAction): Finding {
  const { record } = facts;
  const instance = facts.instances.find((one) => one.name === action.name);
  const [kind, message] = judge(facts, action, instance);
  return aFinding(record, kind, message, formatPlan({ ...emptyPlan(record), actions: [action] }), action.name);
}

function judge(
  facts: DeploymentFacts,
  action: PlanAction,
  instance: ObservedInstance | undefined,
): readonly [FindingKind, string] {
  const { record } = facts;
  const { desired } = record;
  if (action.kind === 'park')
    return ['not-parked', `${action.name} runs, and ${deploymentLabel(record)} is to be parked`];
  if (action.kind === 'unpark') {
    return [
      'still-parked',
      `${action.name} is ${instance?.state ?? 'parked'}, and ${deploymentLabel(record)} is to run`,
    ];
  }
  if (action.kind === 'create') {
    if (instance) return ['half-made', `${action.name} is made and not started: a host is at it, or ended in between`];
    return ['missing', `${deploymentLabel(record)} lacks its instance ${action.ordinal}: none runs in its place`];
  }
  if (desired.deletedAt !== undefined) {
    return ['deleting', `${action.name} is still there, and ${deploymentLabel(record)} is deleted`];
  }
  if (instance?.state === 'exited') return ['ended', `${action.name} has ended: ${describeExit(instance.exit)}`];
  if (desired.parked !== false)
    return ['surplus', `${action.name} is not needed while ${deploymentLabel(record)} is parked`];
  return judgeRemoval(facts, action.name, instance);
}

function judgeRemoval(
  facts: DeploymentFacts,
  name: InstanceName,
  instance: ObservedInstance | undefined,
): readonly [FindingKind, string] {
  const { record } = facts;
  const target = chooseTarget({ record });
  if (facts.health.get(name) === 'unhealthy') return ['unhealthy', `${name} fails its health checks`];
  if (instance && instance.templateHash !== target.hash) {
    return ['outdated', `${name} has version ${instance.templateHash}, and ${target.hash} is wanted`];
  }
  if (instance && instance.restartEpoch !== record.desired.restartEpoch) {
    return ['outdated', `${name} is from before the restart that was asked for`];
  }
  return ['surplus', `${name} is one too many: ${deploymentLabel(record)} is to have ${record.desired.replicas}`];
}

function leaving({ record }: DeploymentFacts, { name }: ObservedInstance): Finding {
  return aFinding(record, 'leaving', `The engine is removing ${name}`, 'wait until it is gone', name);
}

/** Wanted instances that are not there and that this plan does not make yet. */
function waiting(facts: DeploymentFacts, plan: Plan): Finding[] {
  const { record, instances, now } = facts;
  const { desired } = record;
  if (desired.deletedAt !== undefined || desired.parked !== false) return [];
  const { hash } = chooseTarget({ record });
  const made = new Set(plan.actions.flatMap((action) => (action.kind === 'create' ? [action.ordinal] : [])));
  const there = new Set(
    instances
      .filter((one) => one.state !== 'exited' && one.state !== 'removing')
      .filter((one) => one.templateHash === hash && one.restartEpoch === desired.restartEpoch)
      .map((one) => one.ordinal),
  );
  const findings: Finding[] = [];
  for (let ordinal = 0; ordinal < desired.replicas; ordinal += 1) {
    if (made.has(ordinal) || there.has(ordinal)) continue;
    // As the plan leaves it: an end that only this look has found counts already.
    const slot = plan.status.slots.find((one) => one.ordinal === ordinal);
    const waitMs = (slot?.retryAt ?? 0) - now;
    const message = `${deploymentLabel(record)} lacks its instance ${ordinal}`;
    if (slot && waitMs > 0) {
      const words = `${message}: ${slot.failures} attempts ended in a row`;
      findings.push(aFinding(record, 'waiting', words, `make another attempt in ${Math.ceil(waitMs / 1000)} s`));
    } else {
      const willDo = 'make it once there is room: one beyond the wanted number at most';
      findings.push(aFinding(record, 'waiting', `${message}: others are still in its place`, willDo));
    }
  }
  return findings;
}

function emptyPlan(record: DeploymentRecord): Plan {
  return {
    actions: [],
    status: record.status,
    events: [],
    incidents: [],
    routable: [],
    drop: false,
    lookAgainMs: undefined,
  };
}

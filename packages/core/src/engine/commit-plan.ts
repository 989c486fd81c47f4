import type { DeploymentRecord, DeploymentStatus } from '../model/deployment.js';
import type { NewAudit, ScalingEventRecord } from '../model/events.js';
import type { Incident, LogLine } from '../model/incident.js';
import type { ObservedInstance } from '../model/instance.js';
import { incidentLogLines } from '../model/limits.js';
import type { Plan } from '../model/plan.js';
import type { Fence } from '../ports/store.js';
import type { HostContext } from './host-context.js';

/** Logs of an ended instance are worth this much waiting before it is replaced. */
const logsTimeoutMs = 2_000;

/**
 * Writes a plan down before it is carried out: attempts, status, events, audit and incidents in one commit. Nothing is
 * written when nothing changed. Returns the record as it stands then, or undefined after a drop.
 */
export async function commitPlan(
  context: HostContext,
  turn: { record: DeploymentRecord; fence: Fence; plan: Plan; instances: readonly ObservedInstance[] },
): Promise<DeploymentRecord | undefined> {
  const { record, fence, plan } = turn;
  const status = withUrl(context, record, plan);
  const changed = status !== record.status;
  const incidents = await collectIncidents(context, record, plan, turn.instances);
  if (!changed && !plan.drop && plan.events.length === 0 && plan.actions.length === 0) return record;
  const result = await context.store.commit({
    deploymentId: record.desired.id,
    expectedRevision: record.revision,
    fence,
    ...(changed && !plan.drop ? { status } : {}),
    events: plan.events,
    audit: auditOf(record, plan),
    incidents,
    ...(plan.scaled ? { scaling: [scalingOf(context, record, plan.scaled)] } : {}),
    ...(plan.drop ? { drop: true } : {}),
  });
  if (result.record) context.cache.put(result.record);
  context.feed.wake(result.events.at(-1)?.cursor);
  return plan.drop ? undefined : (result.record ?? record);
}

/** An address without a backend may have no URL of its own at the moment: the last one stays told. */
function withUrl(context: HostContext, { address }: DeploymentRecord, { status }: Plan): DeploymentStatus {
  const url = context.frontDoor.url(address.id) ?? status.url;
  return url === status.url ? status : { ...status, url, updatedAt: context.steadyNow() };
}

function scalingOf(
  context: HostContext,
  { desired }: DeploymentRecord,
  { from, to, cause }: NonNullable<Plan['scaled']>,
): ScalingEventRecord {
  const { id: deploymentId, tenant, agentId } = desired;
  return {
    ...{ deploymentId, tenant, agentId },
    action: to > from ? 'scale_up' : 'scale_down',
    ...{ fromInstances: from, toInstances: to, reason: cause },
    createdAt: context.clock.now(),
  };
}

function auditOf(record: DeploymentRecord, plan: Plan): NewAudit[] {
  const entries: NewAudit[] = plan.actions.map((action) => ({
    actor: 'host',
    action: `${action.kind}-instance`,
    cause: action.cause,
    details: { instance: action.name },
  }));
  const { phase, reason } = plan.status;
  if (phase !== record.status.phase) {
    entries.push({ actor: 'host', action: 'phase', cause: reason, details: { from: record.status.phase, to: phase } });
  }
  if (plan.scaled) {
    const { from, to, cause } = plan.scaled;
    entries.push({ actor: 'engine', action: 'scale', cause, details: { from, to } });
  }
  if (plan.drop) entries.push({ actor: 'host', action: 'drop', cause: 'nothing of it is left', details: {} });
  return entries;
}

async function collectIncidents(
  context: HostContext,
  record: DeploymentRecord,
  plan: Plan,
  instances: readonly ObservedInstance[],
): Promise<Incident[]> {
  const { id, tenant } = record.desired;
  return Promise.all(
    plan.incidents.map(async (incident) => ({
      id: `i-${context.random.id(16)}`,
      deploymentId: id,
      tenant,
      instance: incident.instance,
      reason: incident.reason,
      message: incident.message,
      exit: incident.exit,
      logs: instances.some((one) => one.name === incident.instance) ? await lastLines(context, incident.instance) : [],
      samples: context.samplesOf(incident.instance),
      at: context.clock.now(),
    })),
  );
}

/** The last lines an instance wrote; what cannot be read in time is left out, an incident is told all the same. */
async function lastLines(context: HostContext, instance: string): Promise<LogLine[]> {
  const { driver, clock, owner } = context;
  if (!driver.logs) return [];
  const abort = new AbortController();
  const stopTimer = clock.setTimer(logsTimeoutMs, () => abort.abort());
  const lines: LogLine[] = [];
  try {
    const call = { owner, signal: abort.signal, follow: false, tail: incidentLogLines, since: undefined };
    for await (const line of driver.logs(instance, call)) lines.push(line);
  } catch (thrown) {
    context.logger.log('debug', `The last lines of ${instance} could not be read`, { error: String(thrown) });
  } finally {
    stopTimer();
  }
  return lines.slice(-incidentLogLines);
}

import type { DeploymentView } from '@moorage/core';
import type { ContainerRecord } from '@moorage/protocol';
import { sampleRecord } from './monitoring-records.js';
import { isoTime } from './time.js';

/** URL of the agent's own health path under its stable address. */
export function healthUrl(view: DeploymentView): string | null {
  const path = view.record.desired.template.healthPath;
  return view.url === undefined ? null : `${view.url.replace(/\/$/, '')}${path}`;
}

/** What the wish makes of it: `stopped` from the moment it was asked for, `error` when waiting does not help. */
export function statusOf(view: DeploymentView): ContainerRecord['status'] {
  if (view.record.desired.parked !== false || view.record.desired.deletedAt !== undefined) return 'stopped';
  return view.phase === 'failed' ? 'error' : 'running';
}

/** One deployment under the names of the wire. Figures are the last samples, summed over its instances. */
export function containerRecord(view: DeploymentView, now: number): ContainerRecord {
  const { desired, status } = view.record;
  const { source } = desired.template;
  return {
    container_id: desired.id,
    agent_id: desired.agentId,
    customer_id: desired.tenant,
    name: desired.name,
    image: source.kind === 'program' ? null : source.image,
    address: view.url ?? null,
    health_url: healthUrl(view),
    status: statusOf(view),
    phase: view.phase,
    reason: view.reason,
    health: view.health,
    ...figures(view),
    load: view.load ?? null,
    uptime: uptime(view, now),
    replicas: (desired.parked === false && status.wantedInstances) || desired.replicas,
    ready_instances: status.readyInstances,
    created_at: isoTime(desired.createdAt),
    updated_at: isoTime(Math.max(desired.updatedAt, status.updatedAt)),
  };
}

/** Seconds since the oldest instance that serves was started. */
function uptime(view: DeploymentView, now: number): number {
  const starts = view.instances
    .filter(({ health, observed }) => observed.state === 'running' && (health === 'healthy' || health === 'degraded'))
    .flatMap(({ observed }) => (observed.startedAt === undefined ? [] : [observed.startedAt]));
  return starts.length === 0 ? 0 : Math.max(0, Math.floor((now - Math.min(...starts)) / 1000));
}

/** What its instances use in all; what one of them cannot tell is not told of the sum. */
function figures(view: DeploymentView): Pick<ContainerRecord, 'cpu_usage' | 'memory_usage' | 'disk_usage'> {
  const samples = view.instances.flatMap(({ usage }) => (usage === undefined ? [] : [sampleRecord(usage)]));
  const sum = (key: 'cpu_usage' | 'memory_usage' | 'disk_usage') => {
    if (samples.length === 0) return null;
    const known = samples.map((sample) => sample[key]).filter((figure) => typeof figure === 'number');
    return known.length < samples.length ? 'unsupported' : known.reduce((total, figure) => total + figure, 0);
  };
  return { cpu_usage: sum('cpu_usage'), memory_usage: sum('memory_usage'), disk_usage: sum('disk_usage') };
}

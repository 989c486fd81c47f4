import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthStatus } from '../model/health.js';
import type { EpochMs } from '../model/ids.js';
import type { Measured, UsageSample } from '../model/incident.js';
import type { LiveFigures } from '../model/live-figures.js';

const megabyte = 1024 * 1024;

/** The part of a view of a deployment that its figures follow from. */
export interface SeenDeployment {
  readonly record: DeploymentRecord;
  readonly url: string | undefined;
  readonly health: HealthStatus;
  readonly load: number | undefined;
  readonly instances: readonly {
    readonly observed: { readonly startedAt: EpochMs | undefined; readonly state: string };
    readonly usage: UsageSample | undefined;
  }[];
}

/** Figures of a deployment, summed over its instances; what one of them cannot tell is not told of the sum. */
export function liveFiguresOf(view: SeenDeployment, now: EpochMs): LiveFigures {
  const { record, url, instances } = view;
  const samples = instances.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  const starts = instances.flatMap(({ observed }) =>
    observed.state === 'running' && observed.startedAt !== undefined ? [observed.startedAt] : [],
  );
  const known = view.health === 'healthy' || view.health === 'degraded' || view.health === 'unhealthy';
  return {
    deploymentId: record.desired.id,
    address: url,
    healthUrl: url === undefined ? undefined : `${url.replace(/\/$/, '')}${record.desired.template.healthPath}`,
    health: known ? (view.health as LiveFigures['health']) : undefined,
    cpuPercent: sum(samples.map((sample) => sample.cpuPercent)),
    memoryMegabytes: scaled(sum(samples.map((sample) => sample.memoryBytes))),
    diskMegabytes: scaled(sum(samples.map((sample) => sample.diskBytes))),
    load: view.load,
    uptimeSeconds: starts.length === 0 ? undefined : Math.max(0, Math.round((now - Math.min(...starts)) / 1000)),
  };
}

function sum(figures: readonly Measured[]): number | undefined {
  let total = 0;
  for (const figure of figures) {
    if (figure === 'unsupported') return undefined;
    total += figure;
  }
  return figures.length === 0 ? undefined : total;
}

function scaled(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / megabyte;
}

import { type Manifest, MoorageError } from '@moorage/protocol/base';
import type { ScalingRange } from '../model/scaling.js';
import type { Template } from '../model/template.js';

/** What of a driver decides whether a range can be left to it. */
export interface Autoscaling {
  readonly driver: string;
  /** Metrics that its own autoscaler goes by; none: it has no autoscaler. */
  readonly metrics: readonly ('cpu' | 'memory')[];
}

/** Without a target: as `kubectl autoscale` does. */
const usualTargets = [{ metric: 'cpu', value: 80 }] as const;

/**
 * The manifest's `runtime.scaling` as a range that the driver's own autoscaler keeps. Undefined: a fixed number, with a
 * warning where the manifest asks for more than that. Errors: `invalid_argument` when a percentage has no limit that it
 * is a percentage of.
 */
export function toScalingRange(
  manifest: Manifest,
  template: Template,
  { driver, metrics }: Autoscaling,
): { readonly range: ScalingRange | undefined; readonly warnings: readonly string[] } {
  const { min = 1, max = min, targets = usualTargets, ...windows } = manifest.runtime?.scaling ?? {};
  if (max <= Math.max(min, 1)) return { range: undefined, warnings: [] };
  const aims = targets.length === 0 ? usualTargets : targets;
  const strange = aims.find(({ metric }) => !metrics.some((known) => known === metric));
  if (strange) {
    const lacks =
      metrics.length === 0 ? 'has no autoscaler' : `scales by ${metrics.join(' and ')}, not by ${strange.metric}`;
    return { range: undefined, warnings: [unused(driver, lacks, min)] };
  }
  const warnings =
    min === 0
      ? ['runtime.scaling.min is 0: an autoscaler keeps one instance at least; park the agent to have none']
      : [];
  const { up_window_ms: up, down_window_ms: down, cooldown_ms: cooldown } = windows;
  const range: ScalingRange = {
    min: Math.max(1, min),
    max,
    targets: aims.map(({ metric, value }, index) => {
      demandLimit(template, metric, index);
      return { metric: metric === 'memory' ? 'memory' : 'cpu', percent: value };
    }),
    // After a change no other one follows before the window has passed: what a cooldown is for.
    upWindowMs: longest(up, cooldown),
    downWindowMs: longest(down, cooldown),
  };
  return { range, warnings };
}

function unused(driver: string, lacks: string, min: number): string {
  const count = min === 1 ? '1 instance runs' : `${min} instances run`;
  return `runtime.scaling is not used: the driver "${driver}" ${lacks}; ${count} until it is scaled by hand`;
}

function longest(...windows: readonly (number | undefined)[]): number | undefined {
  const given = windows.filter((window) => window !== undefined);
  return given.length === 0 ? undefined : Math.max(...given);
}

function demandLimit({ agentId, resources }: Template, metric: string, index: number): void {
  const limit = metric === 'memory' ? resources.memoryBytes : resources.cpuMillis;
  if (limit !== undefined) return;
  throw new MoorageError(
    'invalid_argument',
    `Cannot deploy "${agentId}": runtime.scaling.targets[${index}] aims at a percentage of ${metric}, and runtime.resources.${metric} does not say of how much; give that limit`,
    { operation: 'host.deploy', context: { field: `runtime.resources.${metric}` } },
  );
}

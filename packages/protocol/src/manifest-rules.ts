import { enforcedConstraints } from './enforced-constraints.js';
import { isMoorageError } from './errors.js';
import type { FieldIssue } from './field-issue.js';
import type { Manifest } from './manifest.js';
import { parseBytes, parseCpu } from './quantity.js';

/** What a rule over several fields found. */
export interface RuleFindings {
  readonly issues: readonly FieldIssue[];
  readonly warnings: readonly string[];
}

/** Rules that one field's schema cannot say: fields that contradict each other, and promises that nobody keeps. */
export function checkManifestRules(manifest: Manifest): RuleFindings {
  return {
    issues: [
      ...quantityIssues(manifest),
      ...memoryIssues(manifest),
      ...probeIssues(manifest),
      ...scalingIssues(manifest),
      ...duplicateIssues(manifest),
      ...authorityIssues(manifest),
    ],
    warnings: [
      ...desireWarnings(manifest),
      ...ethicsWarnings(manifest),
      ...authorityWarnings(manifest),
      ...envWarnings(manifest),
    ],
  };
}

function quantityIssues(manifest: Manifest): FieldIssue[] {
  const { cpu, memory, disk } = manifest.runtime?.resources ?? {};
  return [
    ...quantityIssue('runtime.resources.cpu', cpu, parseCpu),
    ...quantityIssue('runtime.resources.memory', memory, parseBytes),
    ...quantityIssue('runtime.resources.disk', disk, parseBytes),
  ];
}

function quantityIssue(
  field: string,
  quantity: string | number | undefined,
  parse: (quantity: string | number) => number,
): FieldIssue[] {
  if (quantity === undefined) return [];
  try {
    parse(quantity);
    return [];
  } catch (thrown) {
    if (!isMoorageError(thrown)) throw thrown;
    const want = String(thrown.context.want);
    return [{ field, message: `${field} is "${quantity}", but must be ${want}`, fix: `use ${want}` }];
  }
}

function memoryIssues({ runtime }: Manifest): FieldIssue[] {
  if (runtime?.memory_mb === undefined || runtime.resources?.memory === undefined) return [];
  const message = `runtime.memory_mb is ${runtime.memory_mb}, but runtime.resources.memory is "${runtime.resources.memory}" beside it: they are the same limit`;
  return [{ field: 'runtime.memory_mb', message, fix: 'remove one of the two' }];
}

/** Default interval of a probe, in ms. */
const defaultIntervalMs = 10_000;

function probeIssues({ runtime }: Manifest): FieldIssue[] {
  const { timeout_ms: timeout, interval_ms: interval = defaultIntervalMs } = runtime?.probes ?? {};
  if (timeout === undefined || timeout < interval) return [];
  const message = `runtime.probes.timeout_ms is ${timeout}, but must be below runtime.probes.interval_ms, which is ${interval}`;
  return [{ field: 'runtime.probes.timeout_ms', message, fix: `use less than ${interval}, or a longer interval_ms` }];
}

function scalingIssues({ runtime }: Manifest): FieldIssue[] {
  const { min, max, targets = [] } = runtime?.scaling ?? {};
  const issues: FieldIssue[] = [];
  if (min !== undefined && max !== undefined && min > max) {
    const message = `runtime.scaling.min is ${min}, but must be at most runtime.scaling.max, which is ${max}`;
    issues.push({ field: 'runtime.scaling.min', message, fix: `use at most ${max}, or a higher max` });
  }
  for (const [index, { metric, value }] of targets.entries()) {
    if (metric !== 'load' || value <= 1) continue;
    const field = `runtime.scaling.targets[${index}].value`;
    issues.push({
      field,
      message: `${field} is ${value}, but must be at most 1 for the metric "load"`,
      fix: 'use a number from 0 to 1',
    });
  }
  return issues;
}

function duplicateIssues({ runtime }: Manifest): FieldIssue[] {
  const volumes = runtime?.state?.volumes ?? [];
  return [
    ...duplicates(
      'runtime.env',
      'name',
      (runtime?.env ?? []).map((variable) => variable.name),
    ),
    ...duplicates(
      'runtime.scaling.targets',
      'metric',
      (runtime?.scaling?.targets ?? []).map((target) => target.metric),
    ),
    ...duplicates(
      'runtime.state.volumes',
      'name',
      volumes.map((volume) => volume.name),
    ),
    ...duplicates(
      'runtime.state.volumes',
      'path',
      volumes.map((volume) => volume.path),
    ),
  ];
}

function duplicates(list: string, key: string, values: readonly string[]): FieldIssue[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (first === index) return [];
    const field = `${list}[${index}].${key}`;
    return [
      { field, message: `${field} is "${value}", but ${list}[${first}] has it already`, fix: 'remove one of the two' },
    ];
  });
}

function authorityIssues({ authority }: Manifest): FieldIssue[] {
  const { instruction, oversight } = authority ?? {};
  if (!oversight) return [];
  const issues: FieldIssue[] = [];
  if (oversight.independent !== true) {
    const field = 'authority.oversight.independent';
    const message = `${field} is ${oversight.independent ?? 'missing'}, but must be true: nobody oversees on behalf of the instructor`;
    issues.push({ field, message, fix: 'name an independent overseer and set it to true' });
  }
  if (instruction && instruction.type === oversight.type && instruction.id === oversight.id) {
    const message = `authority.oversight is the ${oversight.type} "${oversight.id}", but that is also authority.instruction: the instructor cannot oversee`;
    issues.push({ field: 'authority.oversight', message, fix: 'name another overseer than the instructor' });
  }
  return issues;
}

function authorityWarnings({ authority }: Manifest): string[] {
  if (!authority?.instruction || authority.oversight) return [];
  return ['authority.oversight is missing: nobody oversees the agent; add an independent overseer'];
}

function desireWarnings({ desires }: Manifest): string[] {
  if (!desires) return [];
  const sum = desires.profile.reduce((total, { weight }) => total + weight, 0);
  if (Math.abs(sum - 1) <= 1e-6) return [];
  return [`desires.profile has weights that sum to ${Number(sum.toFixed(6))}, but they should sum to 1`];
}

function ethicsWarnings({ ethics }: Manifest): string[] {
  const known: readonly string[] = enforcedConstraints.map(({ id }) => id);
  return (ethics?.hard_constraints ?? []).flatMap((constraint, index) =>
    known.includes(constraint)
      ? []
      : [
          `ethics.hard_constraints[${index}] is "${constraint}", which nothing enforces: it is a promise only. Enforced are ${known.join(', ')}`,
        ],
  );
}

function envWarnings({ runtime }: Manifest): string[] {
  return (runtime?.env ?? []).flatMap(({ name }, index) =>
    name === 'PORT' || name.startsWith('MOORAGE_')
      ? [`runtime.env[${index}].name is "${name}", which the host sets itself: the manifest's value may be replaced`]
      : [],
  );
}

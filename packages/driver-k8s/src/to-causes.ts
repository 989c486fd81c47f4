import type { WarningsOf } from './event-subject.js';
import type { AutoscalerObject, Condition, DeploymentObject, KubeObject, PodObject } from './kube-objects.js';
import { podCauses } from './pod-causes.js';
import { refusedPod } from './refused-pod.js';

/** What causes are read from; see `WorkloadParts`. */
export interface CauseParts {
  readonly pods: readonly PodObject[];
  readonly autoscaler: AutoscalerObject | undefined;
  readonly others: readonly KubeObject[];
  readonly ofTenant: readonly KubeObject[];
  readonly putBack: ReadonlySet<string>;
  readonly warningsOf: WarningsOf;
}

/** What a person has to know of a deployment that is not as it should be, most telling first, nothing twice. Pure. */
export function toCauses(
  deployment: DeploymentObject,
  { pods, autoscaler, others, ofTenant, putBack, warningsOf }: CauseParts,
): readonly string[] {
  const claims = others.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  const claim = claims.flatMap(({ metadata }) => warningsOf('PersistentVolumeClaim', metadata)).at(0)?.message;
  const conditions = deployment.status?.conditions ?? [];
  const causes = [
    ...[deployment, ...others, ...ofTenant].flatMap((object) => changedCause(object, putBack)),
    ...conditions.filter(holds('ReplicaFailure')).map(({ message = '' }) => refusedPod(message)),
    ...pods.flatMap((pod) => podCauses(pod, warningsOf('Pod', pod.metadata), claim)),
    ...(autoscaler?.status?.conditions ?? []).flatMap(scalingCause),
    ...conditions.filter(failed('Progressing', 'ProgressDeadlineExceeded')).map(() => tooLate(deployment)),
  ];
  return [...new Set(causes)].slice(0, mostCauses);
}

/** Somebody else has changed what is ours, and it was not put back before. */
export function toPutBack({ changedBy, metadata }: KubeObject, putBack: ReadonlySet<string>): boolean {
  return changedBy !== undefined && !putBack.has(metadata.uid ?? '');
}

function changedCause(object: KubeObject, putBack: ReadonlySet<string>): readonly string[] {
  if (object.changedBy === undefined) return [];
  const who = `"${object.changedBy}" has changed its ${object.kind}`;
  return toPutBack(object, putBack)
    ? [`${who}: it is put back`]
    : [`${who} after it was put back once: it is left as it is`];
}

const mostCauses = 10;

const holds =
  (type: string) =>
  (condition: Condition): boolean =>
    condition.type === type && condition.status === 'True';

const failed =
  (type: string, reason: string) =>
  (condition: Condition): boolean =>
    condition.type === type && condition.status === 'False' && condition.reason === reason;

function tooLate({ spec }: DeploymentObject): string {
  return `The roll-out was not ready within its deadline of ${spec?.progressDeadlineSeconds ?? '?'} s`;
}

function scalingCause({ type, status, reason, message }: Condition): readonly string[] {
  if (status !== 'False' || (type !== 'ScalingActive' && type !== 'AbleToScale')) return [];
  if (reason === 'ScalingDisabled') return [];
  return [`Autoscaling stands still (${reason ?? type}): ${message ?? ''}`];
}

import type { AutoscalerObject, Condition, ContainerStatus, DeploymentObject, PodObject } from './kube-objects.js';
import { annotation } from './labels.js';
import { statusOf } from './to-instance.js';

/** What a person has to know of a deployment that is not as it should be, most telling first, nothing twice. Pure. */
export function toCauses(
  deployment: DeploymentObject,
  pods: readonly PodObject[],
  autoscaler: AutoscalerObject | undefined,
  putBack: ReadonlySet<string>,
): readonly string[] {
  const conditions = deployment.status?.conditions ?? [];
  const causes = [
    ...changedCause(deployment, putBack),
    ...conditions.filter(holds('ReplicaFailure')).map(refusedPod),
    ...pods.flatMap(podCauses),
    ...(autoscaler?.status?.conditions ?? []).flatMap(scalingCause),
    ...conditions.filter(failed('Progressing', 'ProgressDeadlineExceeded')).map(() => tooLate(deployment)),
  ];
  return [...new Set(causes)].slice(0, mostCauses);
}

/** Somebody else has changed what is ours, and it was not put back before. */
export function toPutBack({ changedBy, metadata }: DeploymentObject, putBack: ReadonlySet<string>): boolean {
  return changedBy !== undefined && !putBack.has(metadata.uid ?? '');
}

function changedCause(deployment: DeploymentObject, putBack: ReadonlySet<string>): readonly string[] {
  if (deployment.changedBy === undefined) return [];
  const who = `"${deployment.changedBy}" has changed its Deployment`;
  return toPutBack(deployment, putBack)
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

/** The cluster did not let a pod be made. */
function refusedPod({ message = '' }: Condition): string {
  const words = message.replace(/^pods "[^"]*" is forbidden: /, '').replace(/^error looking up .*: /, '');
  if (/exceeded quota/.test(words)) return `The tenant's quota on the cluster is used up: ${words}`;
  if (/violates PodSecurity/.test(words)) return `The cluster does not let it run, by its Pod Security: ${words}`;
  if (/admission webhook|denied the request/.test(words)) return `The cluster's admission refused it: ${words}`;
  return `The cluster cannot make a pod: ${words}`;
}

function podCauses(pod: PodObject): readonly string[] {
  const { status, metadata } = pod;
  const container = statusOf(pod);
  const conditions = status?.conditions ?? [];
  if (status?.reason === 'Evicted') return [`It was evicted from its node: ${status.message ?? 'no reason given'}`];
  const disrupted = conditions.find(holds('DisruptionTarget'));
  if (disrupted)
    return [`The cluster takes it off its node (${disrupted.reason ?? 'unknown'}): ${disrupted.message ?? ''}`];
  if (metadata.deletionTimestamp !== undefined || container?.ready) return [];
  const unplaced = conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unplaced) return [`No node can take it: ${unplaced.message ?? unplaced.reason ?? ''}`];
  return container ? containerCauses(pod, container) : [];
}

const imageReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'ImageInspectError',
]);

function containerCauses(pod: PodObject, container: ContainerStatus): readonly string[] {
  const { state, lastState, restartCount, started } = container;
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (imageReasons.has(reason)) {
    const image = pod.spec?.containers?.[0]?.image ?? '?';
    return [`The image "${image}" cannot be pulled (${reason})${message === '' ? '' : `: ${message}`}`];
  }
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended) {
    const times = restartCount > 0 ? `, started anew ${restartCount} times` : '';
    if (ended.reason === 'OOMKilled') return [`It ran out of memory and was ended${times}`];
    const why =
      ended.reason === 'Error' || ended.reason === 'Completed'
        ? ''
        : ` (${ended.reason ?? ''}: ${ended.message ?? ''})`;
    return [`It ended with exit code ${ended.exitCode}${why}${times}`];
  }
  if (reason !== '' && reason !== 'ContainerCreating' && reason !== 'PodInitializing') {
    return [`Its container cannot be started (${reason}): ${message}`];
  }
  if (state?.running && started === true) return [`It does not pass its health check on port ${portOf(pod)}`];
  return [];
}

function portOf({ metadata }: PodObject): string {
  return metadata.annotations?.[annotation.port] ?? '?';
}

function scalingCause({ type, status, reason, message }: Condition): readonly string[] {
  if (status !== 'False' || (type !== 'ScalingActive' && type !== 'AbleToScale')) return [];
  if (reason === 'ScalingDisabled') return [];
  return [`Autoscaling stands still (${reason ?? type}): ${message ?? ''}`];
}

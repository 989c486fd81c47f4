import type { ClusterWarning } from './event-memory.js';
import { endingProbes, failedProbes } from './failed-probes.js';
import type { Condition, ContainerStatus, PodObject } from './kube-objects.js';
import { annotation } from './labels.js';
import { isLost, statusOf } from './to-instance.js';
import { unplacedPod } from './unplaced-pod.js';
import { unpulledImage } from './unpulled-image.js';

/**
 * Why a pod does not serve; nothing of one that does or is only starting. `warnings`: the cluster's about it, newest
 * first; `claim`: why its volume is not there. Pure.
 */
export function podCauses(
  pod: PodObject,
  warnings: readonly ClusterWarning[],
  claim: string | undefined,
): readonly string[] {
  const { status, metadata } = pod;
  const container = statusOf(pod);
  const conditions = status?.conditions ?? [];
  if (status?.reason === 'Evicted') return [`It was evicted from its node: ${status.message ?? 'no reason given'}`];
  const disrupted = conditions.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True');
  if (disrupted) return [takenOff(pod, disrupted)];
  if (isLost(pod)) return [lostNode(pod)];
  if (metadata.deletionTimestamp !== undefined || container?.ready) return [];
  const unplaced = conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unplaced) return [unplacedPod(unplaced.message ?? unplaced.reason ?? '', claim)];
  return containerCauses(pod, container, warnings);
}

const nodeOf = ({ spec }: PodObject): string => `"${spec?.nodeName ?? '?'}"`;

function lostNode(pod: PodObject): string {
  return `Its node ${nodeOf(pod)} does not answer: the cluster replaces it elsewhere when the node stays away`;
}

function takenOff(pod: PodObject, { reason = 'unknown', message = '' }: Condition): string {
  if (reason === 'DeletionByTaintManager') return `Its node ${nodeOf(pod)} is lost or may not be used: ${message}`;
  return `The cluster takes it off its node (${reason}): ${message}`;
}

const imageReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'ImageInspectError',
]);

function containerCauses(
  pod: PodObject,
  container: ContainerStatus | undefined,
  warnings: readonly ClusterWarning[],
): readonly string[] {
  const { state, lastState, started } = container ?? {};
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (imageReasons.has(reason)) {
    const image = pod.spec?.containers?.[0]?.image ?? '?';
    const pull = warnings.find((one) => one.reason === 'Failed' && /^Failed to pull/.test(one.message));
    return [unpulledImage(image, { reason, message }, pull?.message)];
  }
  const ended = state?.terminated ?? lastState?.terminated;
  if (container && ended) return [endedCause(container, warnings)];
  if (reason !== '' && reason !== 'ContainerCreating' && reason !== 'PodInitializing') {
    return [`Its container cannot be started (${reason}): ${message}`];
  }
  if (!state?.running) return preparing(warnings);
  const probe = failedProbes(warnings, started === true ? 1 : slowStart);
  if (started !== true && probe === undefined) return [];
  const why = probe === undefined ? '' : `: ${probe}`;
  return [`It does not pass its health check on port ${pod.metadata.annotations?.[annotation.port] ?? '?'}${why}`];
}

/** Tried once a second while it starts: so many times in vain are no ordinary start any more. */
const slowStart = 10;

function endedCause({ state, lastState, restartCount }: ContainerStatus, warnings: readonly ClusterWarning[]): string {
  const ended = state?.terminated ?? lastState?.terminated;
  const times = restartCount > 0 ? `, started anew ${restartCount} times` : '';
  if (ended?.reason === 'OOMKilled') {
    return `It ran out of memory and was ended${times}. Raise runtime.resources.memory, or look where it goes`;
  }
  const silent = ended?.reason === 'Error' || ended?.reason === 'Completed';
  const why = silent ? '' : ` (${ended?.reason ?? ''}: ${ended?.message ?? ''})`;
  const probe = endingProbes(warnings, slowStart / 2);
  const before = probe === undefined ? '' : `. Its health check had failed before: ${probe}`;
  return `It ended with exit code ${ended?.exitCode}${why}${times}${before}`;
}

/** What stands in the way before there is a container; conditions say nothing of it. */
const preparations: Readonly<Record<string, string>> = {
  FailedMount: 'A volume or secret of it cannot be mounted',
  FailedAttachVolume: 'Its volume cannot be attached to the node',
  FailedMapVolume: 'Its volume cannot be mounted',
  FailedCreatePodSandBox: 'The node cannot make its sandbox, by its network plugin or its runtime',
  FailedCreatePodContainer: 'The node cannot make its container',
};

function preparing(warnings: readonly ClusterWarning[]): readonly string[] {
  const found = warnings.find(({ reason }) => Object.hasOwn(preparations, reason));
  return found ? [`${preparations[found.reason]}: ${found.message}`] : [];
}

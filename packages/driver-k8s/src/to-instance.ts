import type { Endpoint, HealthStatus, InstanceExit, InstanceState, ObservedInstance } from '@moorage/core/driver';
import { type EndpointKind, reachesPods } from './endpoint-kind.js';
import type { ClusterWarning } from './event-memory.js';
import { endingProbes } from './failed-probes.js';
import type { ContainerStatus, JobObject, ObjectMeta, PodObject, TerminatedState } from './kube-objects.js';
import { annotation, containerName, label } from './labels.js';
import { refusedPod } from './refused-pod.js';

/** An end of a container, under the name that the instance had. */
export interface ObservedEnd {
  readonly name: string;
  readonly exit: InstanceExit;
}

/**
 * A pod's container that was made anew is another instance: the first has the pod's name, the next ones `-r1`, `-r2`, …
 * behind it.
 */
export function instanceNameOf(pod: PodObject, restarts: number): string {
  const name = pod.metadata.annotations?.[annotation.instance] ?? pod.metadata.name;
  return restarts === 0 ? name : `${name}-r${restarts}`;
}

/**
 * A pod as an instance. `ordinal`: its place among the deployment's pods; where it is reached by
 * the Service, the cluster's word on its health is told.
 */
export function toInstance(pod: PodObject, ordinal: number, endpoints: EndpointKind): ObservedInstance {
  const { metadata } = pod;
  const status = statusOf(pod);
  const restarts = status?.restartCount ?? 0;
  const state = stateOf(pod, status);
  const exit = state === 'exited' ? exitOf(pod, status) : undefined;
  const started =
    status?.state?.running?.startedAt ??
    status?.state?.terminated?.startedAt ??
    (status?.state?.waiting ? status.lastState?.terminated?.startedAt : undefined);
  return {
    kind: metadata.labels?.[label.kind] === 'run' ? 'run' : 'agent',
    name: instanceNameOf(pod, restarts),
    ...identityOf(metadata),
    ordinal: numberOf(metadata, annotation.ordinal) ?? ordinal,
    attempt: numberOf(metadata, annotation.attempt) ?? restarts + 1,
    state,
    endpoint: state === 'running' && reachesPods(endpoints) ? endpointOf(pod) : undefined,
    createdAt: toEpoch(metadata.creationTimestamp),
    startedAt: toEpoch(started),
    exit,
    ...(state === 'running' && endpoints !== 'pod' ? { health: healthOf(pod, status) } : {}),
  };
}

/** A run whose pod is not there (yet, or any more). `warnings`: the cluster's about it and its pods, newest first. */
export function jobToInstance(job: JobObject, warnings: readonly ClusterWarning[] = []): ObservedInstance {
  const { metadata, status } = job;
  const ended = status?.conditions?.find(
    ({ type, status: is }) => is === 'True' && (type === 'Failed' || type === 'Complete'),
  );
  const unknown = { code: undefined, signal: undefined, oom: false, at: undefined };
  const words = [ended?.message ?? ended?.reason, ended && toHindrance(warnings, ended.reason)]
    .filter(Boolean)
    .join('. ');
  return {
    kind: 'run',
    name: metadata.annotations?.[annotation.instance] ?? metadata.name,
    ...identityOf(metadata),
    ordinal: numberOf(metadata, annotation.ordinal) ?? 0,
    attempt: numberOf(metadata, annotation.attempt) ?? 1,
    state: metadata.deletionTimestamp !== undefined ? 'removing' : ended ? 'exited' : 'creating',
    endpoint: undefined,
    createdAt: toEpoch(metadata.creationTimestamp),
    startedAt: toEpoch(status?.startTime),
    exit: ended ? { ...unknown, message: words || undefined } : undefined,
  };
}

/** Why a run never ran: Jobs have no condition that says so. What repeats the condition's own reason says nothing. */
function toHindrance(warnings: readonly ClusterWarning[], told: string | undefined): string | undefined {
  const found = warnings.find(({ reason }) => reason !== told);
  return found?.reason === 'FailedCreate' ? refusedPod(found.message) : found?.message;
}

function identityOf({
  annotations,
  labels,
}: ObjectMeta): Pick<ObservedInstance, 'tenant' | 'deploymentId' | 'templateHash' | 'restartEpoch'> {
  return {
    tenant: annotations?.[annotation.tenant] ?? '',
    deploymentId: labels?.[label.deployment] ?? '',
    templateHash: annotations?.[annotation.hash] ?? '',
    restartEpoch: Number(annotations?.[annotation.restart] ?? 0),
  };
}

export function statusOf(pod: PodObject): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === containerName);
}

export function isReady(pod: PodObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && statusOf(pod)?.ready === true && !isLost(pod);
}

/** Its node does not answer: what it said of its containers stands still, and the cluster has taken its word back. */
export function isLost({ metadata, status, ...pod }: PodObject): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const said = statusOf({ ...pod, metadata, status })?.ready === true;
  return metadata.deletionTimestamp === undefined && said && ready !== undefined && ready.status !== 'True';
}

function stateOf(pod: PodObject, status: ContainerStatus | undefined): InstanceState {
  if (pod.metadata.deletionTimestamp !== undefined) return 'removing';
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return 'exited';
  if (status?.state?.running) return 'running';
  if (status?.state?.terminated || (status?.state?.waiting && status.lastState?.terminated)) return 'exited';
  return 'creating';
}

function healthOf(pod: PodObject, status: ContainerStatus | undefined): HealthStatus {
  if (isReady(pod)) return 'healthy';
  return status?.started === true ? 'unhealthy' : 'starting';
}

function endpointOf(pod: PodObject): Endpoint | undefined {
  const host = pod.status?.podIP;
  const port = numberOf(pod.metadata, annotation.port);
  return host === undefined || host === '' || port === undefined ? undefined : { host, port };
}

function exitOf(pod: PodObject, status: ContainerStatus | undefined): InstanceExit {
  const terminated = status?.state?.terminated ?? status?.lastState?.terminated;
  if (terminated) return toExit(terminated, pod);
  const words = [pod.status?.reason, pod.status?.message].filter(Boolean).join(': ');
  return { code: undefined, signal: undefined, oom: false, at: undefined, message: words || undefined };
}

/**
 * Every end that a pod still tells of. What ended because its pod was asked to go is no end of its own. `warnings`: the
 * cluster's about the pod, newest first.
 */
export function endsOf(pod: PodObject, warnings: readonly ClusterWarning[] = []): readonly ObservedEnd[] {
  const status = statusOf(pod);
  const { deletionTimestamp } = pod.metadata;
  if (!status) {
    const evicted = pod.status?.phase === 'Failed' && deletionTimestamp === undefined;
    return evicted ? [{ name: instanceNameOf(pod, 0), exit: exitOf(pod, undefined) }] : [];
  }
  const { restartCount, state, lastState } = status;
  const last = lastState?.terminated;
  // While it waits to be made anew, the last one is the one that counts.
  const lastIndex = state?.waiting ? restartCount : restartCount - 1;
  const ends = [
    ...(last && lastIndex >= 0 ? [{ name: instanceNameOf(pod, lastIndex), terminated: last }] : []),
    ...(state?.terminated && deletionTimestamp === undefined
      ? [{ name: instanceNameOf(pod, restartCount), terminated: state.terminated }]
      : []),
  ];
  return ends.map(({ name, terminated }) => ({
    name,
    exit: withProbes(toExit(terminated, pod), terminated, warnings),
  }));
}

/** The kubelet ends what fails its probes, and the end itself does not say so. */
function withProbes(
  exit: InstanceExit,
  { startedAt, finishedAt }: TerminatedState,
  warnings: readonly ClusterWarning[],
): InstanceExit {
  const [from, to] = [toEpoch(startedAt) ?? 0, toEpoch(finishedAt) ?? 0];
  const meanwhile = warnings.filter(({ at }) => at >= from && at <= to);
  const probe = exit.oom ? undefined : endingProbes(meanwhile, timesInVain);
  if (probe === undefined) return exit;
  return { ...exit, message: [exit.message, `its health check had failed: ${probe}`].filter(Boolean).join('; ') };
}

const timesInVain = 5;

function toExit(terminated: TerminatedState, pod: PodObject): InstanceExit {
  const { exitCode, signal, reason, message, finishedAt } = terminated;
  const oom = reason === 'OOMKilled';
  const telling = reason === 'Error' || reason === 'Completed' || oom ? undefined : reason;
  const words = [pod.status?.reason, telling, message].filter(Boolean).join(': ');
  return {
    code: exitCode,
    signal: signal === undefined || signal === 0 ? undefined : `signal ${signal}`,
    oom,
    at: toEpoch(finishedAt),
    message: words === '' ? undefined : words,
  };
}

function numberOf({ annotations }: ObjectMeta, key: string): number | undefined {
  const text = annotations?.[key];
  return text === undefined ? undefined : Number(text);
}

export function toEpoch(time: string | undefined | null): number | undefined {
  return typeof time === 'string' ? Date.parse(time) : undefined;
}

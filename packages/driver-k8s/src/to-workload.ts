import type { ObservedWorkload, TenantId } from '@moorage/core/driver';
import type { EndpointKind } from './endpoint-kind.js';
import type { WarningsOf } from './event-subject.js';
import type { AutoscalerObject, DeploymentObject, KubeObject, PodObject, ServiceObject } from './kube-objects.js';
import { annotation, label, objectName, secretName } from './labels.js';
import { lacksAddress, toAddress, type Ways } from './to-address.js';
import { toCauses, toPutBack } from './to-causes.js';
import { isReady, type ObservedEnd, toInstance } from './to-instance.js';
import { unfinishedCause } from './wish-parts.js';

/** All of one deployment's objects that are on the cluster; some may be missing. */
export interface WorkloadParts {
  readonly deploymentId: string;
  readonly deployment: DeploymentObject | undefined;
  readonly pods: readonly PodObject[];
  readonly service: ServiceObject | undefined;
  readonly autoscaler: AutoscalerObject | undefined;
  /** Every object that carries the deployment's label: as long as there is one, there is something left. */
  readonly others: readonly KubeObject[];
  /** What holds for all of its tenant. */
  readonly ofTenant: readonly KubeObject[];
  readonly ended: readonly ObservedEnd[];
  /** Objects, by uid, in which others' changes were put back once already. */
  readonly putBack: ReadonlySet<string>;
  /** What this host's settings are noted as. */
  readonly settingsOf: (tenant: TenantId) => string;
  readonly warningsOf: WarningsOf;
}

/** A deployment as the cluster has it; without a Deployment object it is half made, or nearly gone. Pure. */
export function toWorkload(parts: WorkloadParts, ways: Ways): ObservedWorkload {
  const { deployment, others, ended } = parts;
  const pods = parts.pods.filter((pod) => !isOver(pod));
  const all = [...(deployment ? [deployment] : []), ...pods, ...others];
  const about = deployment?.metadata.annotations ?? pods[0]?.metadata.annotations ?? {};
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const wanted =
    deployment && deployment.metadata.deletionTimestamp === undefined ? (deployment.spec?.replicas ?? 1) : 0;
  const current = alive.filter((pod) => isCurrent(pod, about));
  const ready = pods.filter(isReady).length;
  const address = toAddress(parts.service, pods, ways);
  const unfinished = unfinishedOf(parts);
  const wishedAt = deployment?.metadata.annotations?.[annotation.wishedAt];
  return {
    deploymentId: parts.deploymentId,
    tenant: about[annotation.tenant] ?? tenantOf(all),
    generation: Number(about[annotation.generation] ?? 0),
    ...(wishedAt === undefined ? {} : { wishedAt: Number(wishedAt) }),
    // Half made, or changed by others, it has no version: whoever wants one states the wish again.
    templateHash: isWhole(parts, ways) ? (about[annotation.hash] ?? '') : '',
    restartEpoch: Number(about[annotation.restart] ?? 0),
    deleting: deployment?.metadata.deletionTimestamp !== undefined,
    wanted,
    ready,
    updated: current.length,
    rollout: rolloutOf(deployment, {
      wanted,
      ready,
      updated: current.length,
      pods: alive.length,
    }),
    causes: deployment ? toCauses(deployment, parts) : [],
    instances: toInstances(pods, ways.endpoints),
    ...(address === undefined ? {} : { address }),
    ...(unfinished === undefined ? {} : { unfinished }),
    ended,
  };
}

function unfinishedOf(parts: WorkloadParts): string | undefined {
  const { deploymentId, deployment, others, ofTenant, pods } = parts;
  if (deployment?.metadata.deletionTimestamp !== undefined) return undefined;
  if (hasOtherSettings(parts)) return 'it was stated with other settings of the host';
  const hashes = [deployment, ...pods].flatMap((one) => one?.metadata.annotations?.[annotation.hash] ?? []);
  return unfinishedCause({
    note: deployment?.metadata.annotations?.[annotation.parts],
    objects: [...ofTenant, ...others],
    usedSecrets: new Set(hashes.map((hash) => secretName(objectName(deploymentId), hash))),
  });
}

/** What an earlier version of the driver has stated says nothing of settings. */
function hasOtherSettings({ deployment, settingsOf }: WorkloadParts): boolean {
  const { [annotation.settings]: noted, [annotation.tenant]: tenant } = deployment?.metadata.annotations ?? {};
  return noted !== undefined && tenant !== undefined && noted !== settingsOf(tenant);
}

function isWhole({ deployment, service, others, ofTenant, putBack }: WorkloadParts, { endpoints }: Ways): boolean {
  if (!deployment || lacksAddress(service, endpoints)) return false;
  return ![deployment, ...others, ...ofTenant].some((object) => toPutBack(object, putBack));
}

/** Ended for good, and replaced by another one: an evicted pod stays as a record, and is told among the ends. */
export function isOver({ status }: PodObject): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded';
}

/** Oldest first, so that an instance keeps its ordinal for as long as the older ones are there. */
export function toInstances(pods: readonly PodObject[], endpoints: EndpointKind): ObservedWorkload['instances'] {
  const oldestFirst = [...pods].sort((a, b) => compare(keyOf(a), keyOf(b)));
  return oldestFirst.map((pod, ordinal) => toInstance(pod, ordinal, endpoints));
}

function keyOf({ metadata }: PodObject): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function isCurrent({ metadata }: PodObject, about: Readonly<Record<string, string>>): boolean {
  return [annotation.hash, annotation.restart].every((key) => metadata.annotations?.[key] === about[key]);
}

interface Counts {
  readonly wanted: number;
  readonly ready: number;
  readonly updated: number;
  readonly pods: number;
}

function rolloutOf(deployment: DeploymentObject | undefined, counts: Counts): ObservedWorkload['rollout'] {
  if (!deployment) return 'progressing';
  const { status, metadata } = deployment;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'progressing';
  const { wanted, ready, updated, pods } = counts;
  // Its own counts and the pods are seen by two streams: both have to agree.
  const settled =
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted;
  if (settled && updated === wanted && pods === wanted && ready === wanted) return 'complete';
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
  return progressing?.status === 'False' ? 'failed' : 'progressing';
}

function tenantOf(objects: readonly KubeObject[]): string {
  const named = objects.find(({ metadata }) => metadata.annotations?.[annotation.tenant] !== undefined);
  return named?.metadata.annotations?.[annotation.tenant] ?? '';
}

export function deploymentIdOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[label.deployment];
}

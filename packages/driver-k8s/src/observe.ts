import type { EngineId, Observation, ObservedInstance, WorkloadObservation } from '@moorage/core/driver';
import type { DriverTools } from './driver-tools.js';
import type { Kind } from './kinds.js';
import type {
  AutoscalerObject,
  DeploymentObject,
  JobObject,
  KubeObject,
  PodObject,
  ServiceObject,
} from './kube-objects.js';
import { label } from './labels.js';
import type { OwnerCache } from './owner-cache.js';
import { settingsNote } from './settings-note.js';
import type { Ways } from './to-address.js';
import { jobToInstance } from './to-instance.js';
import { deploymentIdOf, isOver, toInstances, toWorkload } from './to-workload.js';

const isRun = ({ metadata }: KubeObject): boolean => metadata.labels?.[label.kind] === 'run';

/** Every instance and every run, as the cache has them. */
export function observeInstances(engine: EngineId, cache: OwnerCache, { endpoints }: Ways): Observation {
  const pods = byDeployment<PodObject>(cache, 'Pod', (pod) => !isRun(pod) && !isOver(pod));
  const agents = [...pods.values()].flatMap((some) => toInstances(some, endpoints));
  return { engine, instances: [...agents, ...observeRuns(cache)] };
}

/** A run is its Job; what it does is told by its pod for as long as there is one. */
function observeRuns(cache: OwnerCache): readonly ObservedInstance[] {
  const pods = [...cache.objects<PodObject>('Pod')].filter(isRun);
  const told = toInstances(pods, 'pod');
  const names = new Set(told.map(({ name }) => name));
  const jobs = [...cache.objects<JobObject>('Job')].map((job) =>
    jobToInstance(job, cache.warningsOf('Job', job.metadata)),
  );
  return [...told, ...jobs.filter(({ name }) => !names.has(name))];
}

const parts: readonly Kind[] = [
  'Service',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
  'PersistentVolumeClaim',
];

/** Every deployment of which anything is left. */
export function observeWorkloads(
  engine: EngineId,
  cache: OwnerCache,
  { ways, putBack, options }: Pick<DriverTools, 'ways' | 'putBack' | 'options'>,
): WorkloadObservation {
  const settingsOf = settingsNote(options);
  const notRun = (object: KubeObject) => !isRun(object);
  const deployments = byDeployment<DeploymentObject>(cache, 'Deployment', notRun);
  const pods = byDeployment<PodObject>(cache, 'Pod', notRun);
  const others = new Map(parts.map((kind) => [kind, byDeployment<KubeObject>(cache, kind, notRun)]));
  const ofTenants = byNamespace(cache, ['NetworkPolicy', 'ResourceQuota']);
  const ids = new Set([deployments, pods, ...others.values()].flatMap((map) => [...map.keys()]));
  const workloads = [...ids].sort().map((deploymentId) => {
    const of = (kind: Kind) => others.get(kind)?.get(deploymentId) ?? [];
    const deployment = deployments.get(deploymentId)?.[0];
    return toWorkload(
      {
        deploymentId,
        deployment,
        pods: pods.get(deploymentId) ?? [],
        service: of('Service')[0] as ServiceObject | undefined,
        autoscaler: of('HorizontalPodAutoscaler')[0] as AutoscalerObject | undefined,
        others: parts.flatMap(of),
        ofTenant: ofTenants.get(deployment?.metadata.namespace ?? '') ?? [],
        ended: structuredClone(cache.endsOf(deploymentId)),
        putBack,
        settingsOf,
        warningsOf: cache.warningsOf,
      },
      ways,
    );
  });
  return { engine, workloads };
}

/** What is no deployment's own. */
function byNamespace(cache: OwnerCache, kinds: readonly Kind[]): ReadonlyMap<string, readonly KubeObject[]> {
  const found = new Map<string, KubeObject[]>();
  for (const object of kinds.flatMap((kind) => [...cache.objects<KubeObject>(kind)])) {
    if (deploymentIdOf(object) !== undefined) continue;
    const { namespace = '' } = object.metadata;
    const same = found.get(namespace);
    if (same) same.push(object);
    else found.set(namespace, [object]);
  }
  return found;
}

function byDeployment<T extends KubeObject>(
  cache: OwnerCache,
  kind: Kind,
  wanted: (object: T) => boolean,
): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const object of cache.objects<T>(kind)) {
    const id = deploymentIdOf(object);
    if (id === undefined || !wanted(object)) continue;
    const same = found.get(id);
    if (same) same.push(object);
    else found.set(id, [object]);
  }
  return found;
}

import type { OwnerId, TenantId, Workload } from '@moorage/core/driver';
import type { KubeObject, SecretObject } from './kube-objects.js';
import {
  annotation,
  label,
  labelValue,
  namespaceName,
  objectName,
  peerLabel,
  secretName,
  shortHash,
} from './labels.js';
import type { RunSettings } from './run-settings.js';
import { settingsNote } from './settings-note.js';
import { type NetworkOptions, tenantLabels, toDefaultDeny, toPolicySpec } from './to-network-policies.js';
import { type PodOptions, toPodSpec } from './to-pod-spec.js';
import { toClaims, toPodVolumes } from './to-volumes.js';
import type { VolumeSettings } from './volume-settings.js';
import { toPartsNote } from './wish-parts.js';

/** What one tenant may hold on the cluster at once. */
export interface TenantQuota {
  readonly instances?: number | undefined;
  readonly cpuMillis?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

export interface ObjectOptions extends PodOptions, NetworkOptions {
  readonly runs: RunSettings;
  /** Undefined: there are none. */
  readonly volumes: VolumeSettings | undefined;
  /** One namespace for all tenants, not made by us; undefined: one for each tenant. */
  readonly namespace: string | undefined;
  readonly serviceType: 'ClusterIP' | 'NodePort';
  /** How long load has to be low before instances go; undefined: the cluster's own, five minutes. */
  readonly scaleDownWindowMs: number | undefined;
  readonly quota: ((tenant: TenantId) => TenantQuota | undefined) | undefined;
}

/** Everything that one wish is made of, in the order in which it has to be there. */
export interface WorkloadObjects {
  /** The tenant's namespace and what holds for all of it; empty in a shared namespace. */
  readonly tenant: readonly KubeObject[];
  /** Volumes: made once, since what they say cannot be changed. */
  readonly claims: readonly KubeObject[];
  /** Its walls, which are there before anything runs, and remember its Secrets. */
  readonly policy: KubeObject;
  /** Secret values of this version, where it has some. */
  readonly secret: SecretObject | undefined;
  /** What pods need before they start. */
  readonly before: readonly KubeObject[];
  readonly deployment: KubeObject;
  /** What follows the Deployment. */
  readonly after: readonly KubeObject[];
}

/** A wish as Kubernetes objects, each with the hash of what it says. Pure. */
export function toObjects(workload: Workload, options: ObjectOptions): WorkloadObjects {
  const { owner, tenant, deploymentId, template } = workload;
  const namespace = options.namespace ?? namespaceName(owner, tenant);
  const name = objectName(deploymentId);
  const selector = { [label.owner]: labelValue(owner), [label.deployment]: labelValue(deploymentId) };
  const labels = { ...selector, ...tenantLabels(owner, tenant), [label.agent]: shortHash(template.agentId, 40) };
  const place = { name, namespace, labels };
  const policy: KubeObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: place,
    spec: toPolicySpec(selector, { ...template, owner, tenant }, options),
  };
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: place,
    spec: {
      type: options.serviceType,
      selector,
      ports: [{ name: 'agent', port: template.port, targetPort: template.port, protocol: 'TCP' }],
    },
  };
  const hasSecrets = Object.keys(workload.secretEnv).length > 0;
  const claims = options.volumes ? toClaims(deploymentId, template, place, options.volumes) : [];
  const parts = {
    tenant: options.namespace === undefined ? tenantObjects(owner, tenant, namespace, options) : [],
    claims: claims.map((object) => stamped(object)),
    policy: stamped(policy),
    secret: hasSecrets ? toSecret(workload, namespace, labels) : undefined,
    before: [stamped(service)],
    after: afterDeployment(workload, place, selector, options).map((object) => stamped(object)),
  };
  const note = {
    [annotation.parts]: toPartsNote(
      Object.values(parts)
        .flat()
        .filter((part) => part !== undefined),
    ),
    [annotation.settings]: settingsNote(options)(tenant),
  };
  return { ...parts, deployment: stamped(annotated(toDeployment(workload, place, selector, options), note)) };
}

function annotated<T extends KubeObject>(object: T, more: Readonly<Record<string, string>>): T {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...more } } };
}

/** The tenant's namespace, its walls and its limits. */
export function tenantObjects(
  owner: OwnerId,
  tenant: TenantId,
  namespace: string,
  options: ObjectOptions,
): readonly KubeObject[] {
  const labels = tenantLabels(owner, tenant);
  const space: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespace,
      labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' },
      annotations: { [annotation.tenant]: tenant },
    },
  };
  const quota = options.quota?.(tenant);
  const hard = quota === undefined ? undefined : toHard(quota);
  const limit: KubeObject = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'moor-quota', namespace, labels },
    spec: { hard },
  };
  return [space, toDefaultDeny(namespace, owner, tenant), ...(hard === undefined ? [] : [limit])].map((object) =>
    stamped(object),
  );
}

/** Twice what the host lets a tenant have: a roll-out has old and new instances at once. */
function toHard({ instances, cpuMillis, memoryBytes }: TenantQuota): Readonly<Record<string, string>> | undefined {
  const hard = {
    ...(instances === undefined ? {} : { pods: String(instances * 2) }),
    ...(cpuMillis === undefined ? {} : { 'limits.cpu': `${cpuMillis * 2}m` }),
    ...(memoryBytes === undefined ? {} : { 'limits.memory': String(memoryBytes * 2) }),
  };
  return Object.keys(hard).length === 0 ? undefined : hard;
}

type Place = KubeObject['metadata'];

/** Its values change only with the version, which the name tells. */
function toSecret(workload: Workload, namespace: string, labels: Readonly<Record<string, string>>): SecretObject {
  const name = secretName(objectName(workload.deploymentId), workload.templateHash);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels },
    ...secretValues(workload.secretEnv),
  };
}

/** The values as a Secret has them. */
export function secretValues(values: Readonly<Record<string, string>>): Pick<SecretObject, 'type' | 'data'> {
  const encoded = Object.keys(values)
    .sort()
    .map((key) => [key, Buffer.from(values[key] ?? '').toString('base64')] as const);
  return { type: 'Opaque', data: Object.fromEntries(encoded) };
}

function toDeployment(
  workload: Workload,
  place: Place,
  selector: Readonly<Record<string, string>>,
  options: ObjectOptions,
): KubeObject {
  const { deploymentId, template, templateHash, restartEpoch, generation, wishedAt, tenant } = workload;
  const told = {
    [annotation.tenant]: tenant,
    [annotation.agent]: template.agentId,
    [annotation.hash]: templateHash,
    [annotation.restart]: String(restartEpoch),
    [annotation.port]: String(template.port),
  };
  const peers = Object.fromEntries(template.peers.map((agent) => [peerLabel(agent), 'true']));
  const plain = Object.fromEntries(template.env.flatMap((one) => ('value' in one ? [[one.name, one.value]] : [])));
  const env = {
    plain,
    secret: Object.keys(workload.secretEnv).sort(),
    secretName: secretName(place.name, templateHash),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...place,
      annotations: {
        ...told,
        [annotation.generation]: String(generation),
        ...(wishedAt === undefined ? {} : { [annotation.wishedAt]: String(wishedAt) }),
      },
    },
    spec: {
      replicas: 'fixed' in workload.replicas ? workload.replicas.fixed : undefined,
      selector: { matchLabels: selector },
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: Math.max(1, Math.ceil(workload.rolloutDeadlineMs / 1000)),
      strategy: strategyOf(template.volumes.length > 0 && options.volumes?.accessMode === 'ReadWriteOnce'),
      template: {
        metadata: { labels: { ...place.labels, ...peers, [label.kind]: 'agent' }, annotations: told },
        spec: toPodSpec(template, env, options, workload.health, toPodVolumes(deploymentId, template.volumes)),
      },
    },
  };
}

/** A volume that one node holds cannot be had by an old and a new instance at once. */
function strategyOf(alone: boolean): object {
  if (alone) return { type: 'Recreate' };
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
}

function afterDeployment(
  { replicas }: Workload,
  place: Place,
  selector: Readonly<Record<string, string>>,
  { scaleDownWindowMs }: ObjectOptions,
): readonly KubeObject[] {
  const most = 'fixed' in replicas ? replicas.fixed : replicas.max;
  const budget: KubeObject = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: place,
    spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
  };
  const budgets = most > 1 ? [budget] : [];
  if ('fixed' in replicas) return budgets;
  const metrics = replicas.targets.map(({ metric, percent }) => ({
    type: 'Resource',
    resource: { name: metric, target: { type: 'Utilization', averageUtilization: Math.max(1, Math.round(percent)) } },
  }));
  const autoscaler: KubeObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: place,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: place.name },
      // Scaling to none is behind a feature gate: whoever wants that parks.
      minReplicas: Math.max(1, replicas.min),
      maxReplicas: Math.max(1, replicas.max),
      metrics,
      ...behaviorOf(replicas.upWindowMs, replicas.downWindowMs ?? scaleDownWindowMs),
    },
  };
  return [...budgets, autoscaler];
}

/** Windows in whole seconds; what is not said is the cluster's own. */
function behaviorOf(upWindowMs: number | undefined, downWindowMs: number | undefined): object {
  const window = (ms: number | undefined) =>
    ms === undefined ? undefined : { stabilizationWindowSeconds: Math.ceil(ms / 1000) };
  const [scaleUp, scaleDown] = [window(upWindowMs), window(downWindowMs)];
  if (!scaleUp && !scaleDown) return {};
  return { behavior: { ...(scaleUp && { scaleUp }), ...(scaleDown && { scaleDown }) } };
}

/** The same object with the hash of all that it says. */
export function stamped<T extends KubeObject>(object: T): T {
  return annotated(object, { [annotation.applied]: shortHash(JSON.stringify(object), 32) });
}

/** Every kind of object that the driver uses, all generally available since Kubernetes 1.28 and before. */
export const kinds = {
  Namespace: { apiVersion: 'v1', plural: 'namespaces', namespaced: false },
  ResourceQuota: { apiVersion: 'v1', plural: 'resourcequotas', namespaced: true },
  Secret: { apiVersion: 'v1', plural: 'secrets', namespaced: true },
  Service: { apiVersion: 'v1', plural: 'services', namespaced: true },
  Pod: { apiVersion: 'v1', plural: 'pods', namespaced: true },
  Event: { apiVersion: 'v1', plural: 'events', namespaced: true },
  PersistentVolumeClaim: { apiVersion: 'v1', plural: 'persistentvolumeclaims', namespaced: true },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments', namespaced: true },
  Job: { apiVersion: 'batch/v1', plural: 'jobs', namespaced: true },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', plural: 'networkpolicies', namespaced: true },
  PodDisruptionBudget: { apiVersion: 'policy/v1', plural: 'poddisruptionbudgets', namespaced: true },
  HorizontalPodAutoscaler: { apiVersion: 'autoscaling/v2', plural: 'horizontalpodautoscalers', namespaced: true },
} as const;

export type Kind = keyof typeof kinds;

/** Of these only the metadata is read. */
export const metadataOnly: ReadonlySet<Kind> = new Set([
  'Namespace',
  'ResourceQuota',
  'PersistentVolumeClaim',
  'NetworkPolicy',
  'PodDisruptionBudget',
]);

export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(kinds, kind);
}

/** Path of a collection, in one namespace or in all, or of one object in it. */
export function pathOf(kind: Kind, namespace?: string | undefined, name?: string | undefined): string {
  const { apiVersion, plural, namespaced } = kinds[kind];
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const within = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

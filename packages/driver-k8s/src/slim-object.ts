import { foreignHand, type ManagedFields } from './foreign-hand.js';
import type { KubeObject, ObjectMeta } from './kube-objects.js';

/** What is kept of an object in memory: some are read by the thousand, and most of what they say is never looked at. */
export function slimObject(kind: string, object: KubeObject): KubeObject {
  const { apiVersion, spec } = object;
  const changedBy = foreignHand(kind, (object.metadata.managedFields ?? []) as readonly ManagedFields[]);
  const slim = {
    ...{ apiVersion, kind, metadata: slimMeta(object.metadata) },
    ...(changedBy === undefined ? {} : { changedBy }),
  };
  const status = (object as { readonly status?: Record<string, unknown> }).status ?? {};
  switch (kind) {
    case 'Pod': {
      const { nodeName, containers } = (spec ?? {}) as { nodeName?: string; containers?: { image?: string }[] };
      const kept = pick(status, ['phase', 'podIP', 'hostIP', 'reason', 'message', 'conditions', 'containerStatuses']);
      return {
        ...slim,
        spec: { nodeName, containers: containers?.map(({ image }) => ({ image })) },
        status: kept,
      } as KubeObject;
    }
    case 'Deployment':
    case 'Job':
    case 'Service':
    case 'HorizontalPodAutoscaler': {
      const wanted = pick((spec ?? {}) as Record<string, unknown>, [
        'replicas',
        'progressDeadlineSeconds',
        'clusterIP',
        'ports',
        'suspend',
      ]);
      return { ...slim, spec: wanted, status } as KubeObject;
    }
    default:
      return slim;
  }
}

function slimMeta(metadata: ObjectMeta): ObjectMeta {
  const keys: (keyof ObjectMeta)[] = [
    'name',
    'namespace',
    'uid',
    'resourceVersion',
    'generation',
    'labels',
    'annotations',
    'creationTimestamp',
    'deletionTimestamp',
  ];
  return pick(metadata as unknown as Record<string, unknown>, keys) as unknown as ObjectMeta;
}

function pick(from: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])));
}

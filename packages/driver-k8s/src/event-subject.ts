import type { ClusterWarning } from './event-memory.js';
import type { Kind } from './kinds.js';
import type { EventObject, KubeObject } from './kube-objects.js';
import { annotation, label } from './labels.js';
import { deploymentIdOf } from './to-workload.js';

/** Whom a warning concerns: something of ours. */
export interface EventSubject {
  /** Under this it is kept: see `subjectKey`. */
  readonly key: string;
  readonly deploymentId: string;
}

/** Looks up an object of ours. */
export type Lookup = (kind: Kind, namespace: string | undefined, name: string) => KubeObject | undefined;

/** A Job's warnings are those about its pods as well. */
export type SubjectKind = 'Pod' | 'Job' | 'PersistentVolumeClaim';

/** The cluster's last warnings about an object, newest first. */
export type WarningsOf = (kind: SubjectKind, metadata: KubeObject['metadata']) => readonly ClusterWarning[];

export function subjectKey(kind: SubjectKind, { namespace, name }: KubeObject['metadata']): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

/** Undefined where it concerns nothing of ours: most of a cluster's events do not. Pure. */
export function subjectOf({ involvedObject }: EventObject, find: Lookup): EventSubject | undefined {
  const { kind, namespace, name = '', uid } = involvedObject ?? {};
  switch (kind) {
    case 'Pod': {
      const pod = find('Pod', namespace, name);
      if (!pod) return ofUnseenPod(namespace, name, find);
      if (uid !== undefined && pod.metadata.uid !== uid) return undefined;
      if (pod.metadata.labels?.[label.kind] !== 'run') return subject('Pod', pod);
      // The run is its Job, which may outlive its pod.
      const job = pod.metadata.annotations?.[annotation.instance] ?? '';
      return subject('Job', { ...pod, metadata: { ...pod.metadata, name: job } });
    }
    case 'Job':
    case 'PersistentVolumeClaim':
      return subject(kind, find(kind, namespace, name));
    default:
      return undefined;
  }
}

/** A pod that the other stream has not brought yet: its name begins with that of what has made it. */
function ofUnseenPod(namespace: string | undefined, name: string, find: Lookup): EventSubject | undefined {
  const job = find('Job', namespace, maker(name));
  if (job) return subject('Job', job);
  const deployment = find('Deployment', namespace, maker(maker(name)));
  return deployment && subject('Pod', { ...deployment, metadata: { ...deployment.metadata, name } });
}

function subject(kind: SubjectKind, object: KubeObject | undefined): EventSubject | undefined {
  const deploymentId = object && deploymentIdOf(object);
  return object === undefined || deploymentId === undefined
    ? undefined
    : { key: subjectKey(kind, object.metadata), deploymentId };
}

const maker = (name: string): string => name.replace(/-[^-]*$/, '');

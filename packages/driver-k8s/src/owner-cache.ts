import type { OwnerId } from '@moorage/core/driver';
import { type EngineIdentity, untilAborted } from './engine-identity.js';
import type { ClusterWarning } from './event-memory.js';
import { type SubjectKind, subjectKey, type WarningsOf } from './event-subject.js';
import { eventStream } from './follow-events.js';
import { type FollowEvents, type FollowTimes, followKind } from './follow-kind.js';
import type { Kind } from './kinds.js';
import type { KubeClient } from './kube-client.js';
import type { KubeObject, PodObject } from './kube-objects.js';
import { ownerSelector } from './labels.js';
import { slimObject } from './slim-object.js';
import { endsOf, type ObservedEnd } from './to-instance.js';
import { deploymentIdOf } from './to-workload.js';

/** One owner's objects on the cluster, as a stream of changes keeps them. */
export interface OwnerCache {
  /** Resolves when everything has been read and is being followed. Throws what stands in the way. */
  ready(signal: AbortSignal): Promise<void>;
  objects<T extends KubeObject>(kind: Kind): Iterable<T>;
  get<T extends KubeObject>(kind: Kind, namespace: string | undefined, name: string): T | undefined;
  /** What a write gave back: the stream may bring it later. */
  put(object: KubeObject): void;
  /** Ends of a deployment's containers that were seen while they were told, oldest first. */
  endsOf(deploymentId: string): readonly ObservedEnd[];
  /** The cluster's last warnings about an object, newest first; none where events may not be read. */
  readonly warningsOf: WarningsOf;
  /** Called with the deployment of each change. */
  subscribe(listener: (deploymentId: string) => void): () => void;
  close(): void;
}

export interface OwnerCacheOptions {
  readonly client: KubeClient;
  readonly identity: EngineIdentity;
  readonly owner: OwnerId;
  readonly namespace: string | undefined;
  /** Whether deployments may have volumes; else the right to read claims is not needed. */
  readonly volumes: boolean;
  readonly times: FollowTimes;
}

/** Namespaces are ours only where each tenant has one. */
function followedKinds(namespace: string | undefined, volumes: boolean): readonly Kind[] {
  const always: Kind[] = [
    'Deployment',
    'Pod',
    'Service',
    'Job',
    'NetworkPolicy',
    'PodDisruptionBudget',
    'HorizontalPodAutoscaler',
    ...(volumes ? (['PersistentVolumeClaim'] as const) : []),
  ];
  return namespace === undefined ? [...always, 'Namespace', 'ResourceQuota'] : always;
}

export function ownerCache(options: OwnerCacheOptions): OwnerCache {
  const { client, identity, owner, namespace, times } = options;
  const closing = new AbortController();
  const kinds = new Map(followedKinds(namespace, options.volumes).map((kind) => [kind, kindStore(kind)]));
  const unread = new Set(kinds.keys());
  const listeners = new Set<(deploymentId: string) => void>();
  const ends = endMemory();
  const hint = (id: string) => {
    for (const listener of listeners) listener(id);
  };
  const events = eventStream({
    ...{ client, namespace, times, noted: hint, heard: () => identity.heard() },
    find: (kind, space, name) => kinds.get(kind)?.get(space, name),
  });
  const warningsOf: WarningsOf = (kind, metadata) => events.memory.of(subjectKey(kind, metadata));

  const tell = (object: KubeObject) => {
    const id = deploymentIdOf(object);
    if (id === undefined) return;
    if (object.kind === 'Pod') ends.note(id, object as PodObject, warningsOf('Pod', object.metadata));
    hint(id);
  };
  const tellGone = (object: KubeObject) => {
    tell(object);
    if (object.kind === 'Deployment') ends.forget(deploymentIdOf(object) ?? '');
    events.memory.forget(subjectKey(object.kind as SubjectKind, object.metadata));
  };

  for (const store of kinds.values()) {
    const scope = { kind: store.kind, namespace, selector: ownerSelector(owner) };
    const read = () => {
      // What an event is about has to be known, or it is taken for another one's.
      if (unread.delete(store.kind) && unread.size === 0) void events.follow(closing.signal);
    };
    void followKind(client, scope, changesOf(store, { identity, tell, tellGone, read }), times, closing.signal);
  }

  return {
    async ready(signal) {
      const waiting = Promise.all([...kinds.values()].map((store) => store.settled()));
      await untilAborted(waiting, signal);
      for (const store of kinds.values()) if (store.error !== undefined) throw store.error;
    },
    objects: <T extends KubeObject>(kind: Kind) => (kinds.get(kind)?.values() ?? []) as Iterable<T>,
    get: <T extends KubeObject>(kind: Kind, space: string | undefined, name: string) =>
      kinds.get(kind)?.get(space, name) as T | undefined,
    put(object) {
      kinds.get(object.kind as Kind)?.put(object);
    },
    endsOf: (deploymentId) => ends.of(deploymentId),
    warningsOf,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      listeners.clear();
      closing.abort();
    },
  };
}

interface Teller {
  readonly identity: EngineIdentity;
  readonly tell: (object: KubeObject) => void;
  readonly tellGone: (object: KubeObject) => void;
  /** Everything of the kind was read. */
  readonly read: () => void;
}

function changesOf(store: ReturnType<typeof kindStore>, { identity, tell, tellGone, read }: Teller): FollowEvents {
  return {
    replaced(objects, version) {
      for (const object of store.replace(objects, version)) tellGone(object);
      for (const object of objects) tell(object);
      read();
    },
    changed(object, version) {
      store.set(object, version);
      tell(object);
    },
    removed(object, version) {
      store.delete(object, version);
      tellGone(object);
    },
    heard: () => identity.heard(),
    health(error) {
      if (error !== undefined) identity.doubt();
      store.health(error);
    },
  };
}

function kindStore(kind: Kind) {
  const objects = new Map<string, KubeObject>();
  let settle: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    settle = resolve;
  });
  let followedTo = 0n;
  const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;
  const key = ({ metadata }: KubeObject) => keyOf(metadata.namespace, metadata.name);
  const reached = (version: string) => {
    const at = versionOf(version);
    if (at > followedTo) followedTo = at;
  };
  const store = {
    kind,
    error: undefined as unknown,
    settled: () => first,
    health(error: unknown) {
      store.error = error;
      settle();
    },
    values: () => objects.values(),
    get: (namespace: string | undefined, name: string) => objects.get(keyOf(namespace, name)),
    /** Resolves to what is there no longer. */
    replace(found: readonly KubeObject[], version: string): readonly KubeObject[] {
      const kept = new Set(found.map(key));
      const gone = [...objects.entries()].filter(([name]) => !kept.has(name)).map(([, object]) => object);
      objects.clear();
      for (const object of found) objects.set(key(object), slimObject(kind, object));
      reached(version);
      return gone;
    },
    set(object: KubeObject, version: string) {
      reached(version);
      objects.set(key(object), slimObject(kind, object));
    },
    delete(object: KubeObject, version: string) {
      reached(version);
      objects.delete(key(object));
    },
    put(object: KubeObject) {
      const at = versionOf(object.metadata.resourceVersion);
      // The stream has been there already, and may know that it is gone.
      if (at <= followedTo) return;
      if (at <= versionOf(objects.get(key(object))?.metadata.resourceVersion)) return;
      objects.set(key(object), slimObject(kind, object));
    },
  };
  return store;
}

/** Versions of one cluster's objects of a kind can be compared as numbers. */
function versionOf(version: string | undefined): bigint {
  return version !== undefined && /^\d+$/.test(version) ? BigInt(version) : 0n;
}

const endsKept = 50;

/** A pod tells of its last two ends only. */
function endMemory() {
  const byDeployment = new Map<string, Map<string, ObservedEnd>>();
  return {
    forget: (id: string) => void byDeployment.delete(id),
    of: (id: string): readonly ObservedEnd[] => [...(byDeployment.get(id)?.values() ?? [])],
    note(id: string, pod: PodObject, warnings: readonly ClusterWarning[]) {
      for (const end of endsOf(pod, warnings)) {
        const ends = byDeployment.get(id) ?? new Map<string, ObservedEnd>();
        byDeployment.set(id, ends);
        if (ends.has(end.name)) continue;
        ends.set(end.name, end);
        const [oldest] = ends.keys();
        if (ends.size > endsKept && oldest !== undefined) ends.delete(oldest);
      }
    },
  };
}

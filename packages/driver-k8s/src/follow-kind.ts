import { scheduler } from 'node:timers/promises';
import { httpStatusOf } from './classify-error.js';
import { type Kind, kinds, metadataOnly, pathOf } from './kinds.js';
import type { KubeClient } from './kube-client.js';
import type { KubeObject } from './kube-objects.js';
import { splitLines } from './split-lines.js';

/** Where the objects of one kind are, and whose. */
export interface FollowScope {
  readonly kind: Kind;
  /** Undefined: in all namespaces. */
  readonly namespace: string | undefined;
  /** By labels; undefined: all. */
  readonly selector?: string | undefined;
  /** By fields, e.g. `type=Warning`. */
  readonly fields?: string | undefined;
  /** Which of what a list gives is kept, asked page by page. Default all. */
  readonly keep?: ((object: KubeObject) => boolean) | undefined;
}

export interface FollowEvents {
  /** Everything there is: at the start, and after a gap that cannot be bridged. */
  replaced(objects: readonly KubeObject[], resourceVersion: string): void;
  changed(object: KubeObject, resourceVersion: string): void;
  removed(object: KubeObject, resourceVersion: string): void;
  /** Anything came from the API server: it is there, and so is the connection. */
  heard(): void;
  /** Followed again, or not: with what was thrown. */
  health(error: unknown): void;
}

export interface FollowTimes {
  /** A connection on which nothing has come for so long is given up, dead or not. */
  readonly idleMs: number;
  /** Time to the first sign of an answer. */
  readonly answerMs: number;
  /** Waits between tries, doubled up to `maxWaitMs`, each with jitter. */
  readonly minWaitMs: number;
  readonly maxWaitMs: number;
}

/** The API server sends a bookmark every minute where nothing happens. */
export const defaultFollowTimes: FollowTimes = { idleMs: 90_000, answerMs: 15_000, minWaitMs: 250, maxWaitMs: 10_000 };

const pageSize = 500;

/** Lists once and watches from there until the signal aborts. Never throws: what goes wrong is told by `health`. */
export async function followKind(
  client: KubeClient,
  scope: FollowScope,
  events: FollowEvents,
  times: FollowTimes,
  signal: AbortSignal,
): Promise<void> {
  let from: string | undefined;
  let waitMs = times.minWaitMs;
  while (!signal.aborted) {
    try {
      from ??= await begin(client, scope, events, times, signal);
      const before = from;
      from = await watchFrom(client, scope, from, events, times, signal);
      if (from !== before) waitMs = times.minWaitMs;
      // However quickly the server ends its answers, it is not asked in a tight loop.
      await pause(times.minWaitMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (httpStatusOf(error) === 410) {
        from = undefined;
        await pause(times.minWaitMs, signal);
        continue;
      }
      events.health(error);
      // Versions mean nothing to a server that was put back or exchanged: begin anew.
      if (httpStatusOf(error) !== undefined) from = undefined;
      await pause(waitMs, signal);
      waitMs = Math.min(times.maxWaitMs, waitMs * 2);
    }
  }
}

/** In a function of its own: what was listed must not live as long as the watch that goes on from it. */
async function begin(
  client: KubeClient,
  scope: FollowScope,
  events: FollowEvents,
  times: FollowTimes,
  signal: AbortSignal,
): Promise<string> {
  const { items, resourceVersion } = await listInTime(client, scope, times, signal);
  events.heard();
  events.health(undefined);
  events.replaced(items, resourceVersion);
  return resourceVersion;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Jitter: all kinds lose their connections at once, and must not come back at once.
  const jittered = ms * (0.5 + Math.random());
  return scheduler.wait(jittered, { signal }).catch(() => undefined);
}

interface ListBody {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  /** An empty list may come without. */
  readonly items?: readonly KubeObject[] | null;
}

async function listAll(
  client: KubeClient,
  { kind, namespace, selector, fields, keep = () => true }: FollowScope,
  signal: AbortSignal,
): Promise<{ readonly items: readonly KubeObject[]; readonly resourceVersion: string }> {
  const items: KubeObject[] = [];
  let next: string | undefined;
  for (;;) {
    const page: ListBody = await client.json({
      method: 'GET',
      path: pathOf(kind, namespace),
      query: { labelSelector: selector, fieldSelector: fields, limit: pageSize, continue: next },
      accept: metadataOnly.has(kind)
        ? 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
        : 'application/json',
      signal,
    });
    // In lists, items do not say what they are.
    const whole = (page.items ?? []).map((item) => ({ ...item, apiVersion: kinds[kind].apiVersion, kind }));
    items.push(...whole.filter(keep));
    next = page.metadata.continue || undefined;
    if (next === undefined) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject & { readonly code?: number; readonly message?: string };
}

/** Resolves with the version to go on from when the server ends its answer; throws when it fails. */
async function watchFrom(
  client: KubeClient,
  scope: FollowScope,
  from: string,
  events: FollowEvents,
  times: FollowTimes,
  outer: AbortSignal,
): Promise<string> {
  const watchdog = idleWatchdog(times.answerMs, outer);
  let version = from;
  let answered = false;
  try {
    const response = await client.stream({
      method: 'GET',
      path: pathOf(scope.kind, scope.namespace),
      query: {
        labelSelector: scope.selector,
        fieldSelector: scope.fields,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: from,
        timeoutSeconds: 300 + Math.floor(Math.random() * 300),
      },
      accept: metadataOnly.has(scope.kind)
        ? 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
        : 'application/json',
      signal: watchdog.signal,
    });
    answered = true;
    watchdog.end();
    watchdog.begin(times.idleMs);
    events.heard();
    events.health(undefined);
    for await (const line of splitLines(response)) {
      watchdog.heard();
      events.heard();
      if (line === '') continue;
      version = take(JSON.parse(line) as WatchEvent, scope.kind, events, version);
    }
    return version;
  } catch (error) {
    // The connection was silent for too long: go on from where it was, on a new one.
    if (answered && watchdog.signal.aborted && !outer.aborted) return version;
    throw watchdog.signal.aborted && !outer.aborted ? watchdog.signal.reason : error;
  } finally {
    watchdog.end();
  }
}

function take({ type, object }: WatchEvent, kind: Kind, events: FollowEvents, version: string): string {
  if (type === 'ERROR') {
    throw Object.assign(new Error(object.message ?? 'The watch ended with an error'), { status: object.code ?? 500 });
  }
  const next = object.metadata.resourceVersion ?? version;
  if (type === 'BOOKMARK') return next;
  const whole = { ...object, apiVersion: kinds[kind].apiVersion, kind };
  if (type === 'DELETED') events.removed(whole, next);
  else events.changed(whole, next);
  return next;
}

/** Aborts with the outer signal, and when `heard` was not called for too long. */
function idleWatchdog(idleMs: number, outer: AbortSignal) {
  const controller = new AbortController();
  const abort = () => controller.abort(outer.reason);
  let timer: NodeJS.Timeout | undefined;
  const watchdog = {
    signal: controller.signal,
    heard: () => void timer?.refresh(),
    begin(ms: number) {
      outer.addEventListener('abort', abort, { once: true });
      if (outer.aborted) abort();
      timer = setTimeout(() => controller.abort(silence(ms)), ms);
      timer.unref();
    },
    end() {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
  watchdog.begin(idleMs);
  return watchdog;
}

function silence(ms: number): Error {
  return Object.assign(new Error(`The cluster did not say anything for ${ms} ms`), { code: 'ETIMEDOUT' });
}

async function listInTime(
  client: KubeClient,
  scope: FollowScope,
  times: FollowTimes,
  signal: AbortSignal,
): ReturnType<typeof listAll> {
  const watchdog = idleWatchdog(2 * times.answerMs, signal);
  try {
    return await listAll(client, scope, watchdog.signal);
  } catch (error) {
    throw watchdog.signal.aborted && !signal.aborted ? watchdog.signal.reason : error;
  } finally {
    watchdog.end();
  }
}

import type { Backend, DoorLoad } from '@moorage/core';
import { answers, type ErrorAnswer } from './answer-error.js';
import { type BackendHandle, backendHandle, type Undici } from './backend-handle.js';
import { leastInFlight } from './least-in-flight.js';
import type { GatewaySettings } from './options.js';
import { waitQueue } from './wait-queue.js';

/** A backend that refused is tried again after this, if no other one has come until then. */
const retryRefusedMs = 500;

/** What one request has tried so far, over all its attempts. */
export interface Claim {
  /** Backends that refused the connection. */
  readonly refused: Set<BackendHandle>;
  /** Until when it may wait in all; set by its first wait. */
  deadlineMs: number | undefined;
  readonly onGone: (listener: () => void) => () => void;
}

export type Acquired =
  | { readonly kind: 'backend'; readonly handle: BackendHandle }
  | { readonly kind: 'refused'; readonly answer: ErrorAnswer }
  | { readonly kind: 'gone' };

/** The backends of one address. */
export interface Routes {
  replace(backends: readonly Backend[]): void;
  /** Begins a request; `onGone` tells when its client has left. */
  claim(onGone: Claim['onGone']): Claim;
  /** A backend for this request, if one is ready now. */
  pick(claim: Claim): BackendHandle | undefined;
  /** A backend as soon as one is ready, or the answer when that takes too long. */
  acquire(claim: Claim): Promise<Acquired>;
  /** Of this instance, those that leave included. */
  handlesOf(instance: string): readonly BackendHandle[];
  load(): DoorLoad;
  /** Turns away who waits or comes later; what is in flight goes on until `destroy`. */
  close(): void;
  destroy(): void;
}

export function routes(undici: Undici, settings: GatewaySettings, onWaiting: () => void): Routes {
  const queue = waitQueue(settings.maxWaiting);
  const leaving = new Set<BackendHandle>();
  let current: readonly BackendHandle[] = [];
  let requests = 0;

  function retire(handle: BackendHandle): void {
    leaving.add(handle);
    handle.leave();
    void handle.idle().then(() => leaving.delete(handle));
  }

  async function acquire(claim: Claim): Promise<Acquired> {
    for (;;) {
      const handle = leastInFlight(current, claim.refused, requests);
      if (handle) return { kind: 'backend', handle };
      claim.deadlineMs ??= performance.now() + settings.waitMs;
      const leftMs = claim.deadlineMs - performance.now();
      if (leftMs <= 0) return { kind: 'refused', answer: answers.waited(settings.waitMs) };
      const timeoutMs = current.length > 0 ? Math.min(leftMs, retryRefusedMs) : leftMs;
      const outcome = queue.wait({ timeoutMs, onGone: claim.onGone });
      onWaiting();
      switch (await outcome) {
        case 'gone':
          return { kind: 'gone' };
        case 'full':
          return { kind: 'refused', answer: answers.full(settings.maxWaiting) };
        case 'closed':
          return { kind: 'refused', answer: answers.released() };
        default:
          claim.refused.clear();
      }
    }
  }

  return {
    claim(onGone) {
      requests += 1;
      return { refused: new Set(), deadlineMs: undefined, onGone };
    },
    pick: (claim) => leastInFlight(current, claim.refused, requests),
    acquire,
    replace(backends) {
      const next = backends.map((backend) => find(current, backend) ?? backendHandle(undici, backend, settings));
      for (const handle of current) if (!next.includes(handle)) retire(handle);
      current = next;
      if (next.length > 0) queue.wake();
    },
    handlesOf: (instance) => [...current, ...leaving].filter((handle) => handle.backend.instance === instance),
    load: () => ({
      inFlight: [...current, ...leaving].reduce((sum, handle) => sum + handle.inFlight, 0),
      waiting: queue.size,
      requests,
    }),
    close() {
      queue.close();
      for (const handle of current) retire(handle);
      current = [];
    },
    destroy() {
      for (const handle of leaving) handle.destroy();
    },
  };
}

function find(handles: readonly BackendHandle[], { instance, endpoint }: Backend): BackendHandle | undefined {
  return handles.find(
    ({ backend }) =>
      backend.instance === instance &&
      backend.endpoint.host === endpoint.host &&
      backend.endpoint.port === endpoint.port,
  );
}

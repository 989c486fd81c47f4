import type { Backend } from '@moorage/core';
import type { Pool } from 'undici';
import { authority, type GatewaySettings } from './options.js';

/** undici, loaded when the first address is opened: it costs more time to import than the rest of the gateway. */
export type Undici = typeof import('undici');

/** A backend with its connections and what is in flight to it. */
export interface BackendHandle {
  readonly backend: Backend;
  readonly pool: Pool;
  readonly inFlight: number;
  /** One more request; the returned function ends it and may be called again without harm. */
  begin(): () => void;
  /** No new requests come; its connections are closed after the last one. */
  leave(): void;
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>;
  /** Ends what is in flight. */
  destroy(): void;
}

export function backendHandle(undici: Undici, backend: Backend, settings: GatewaySettings): BackendHandle {
  const pool = new undici.Pool(`http://${authority(backend.endpoint.host, backend.endpoint.port)}`, {
    pipelining: 1,
    headersTimeout: settings.answerTimeoutMs,
    // A stream of events may be silent for hours.
    bodyTimeout: 0,
    connectTimeout: settings.connectTimeoutMs,
    maxHeaderSize: settings.maxHeaderBytes,
  });
  const waiting = new Set<() => void>();
  let inFlight = 0;
  let leaving = false;

  const becameIdle = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
    if (leaving) void pool.close().catch(() => undefined);
  };

  return {
    backend,
    pool,
    get inFlight() {
      return inFlight;
    },
    begin() {
      inFlight += 1;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        inFlight -= 1;
        if (inFlight === 0) becameIdle();
      };
    },
    leave() {
      leaving = true;
      if (inFlight === 0) becameIdle();
    },
    idle: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
    destroy() {
      leaving = true;
      void pool.destroy().catch(() => undefined);
    },
  };
}

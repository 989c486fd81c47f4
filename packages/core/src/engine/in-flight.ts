import type { DeploymentId, InstanceName } from '../model/ids.js';

export type FlightKind = 'create' | 'remove' | 'park' | 'unpark';

/** Calls to the engine that are under way, by deployment and instance. */
export interface InFlight {
  /** Undefined when a call for this instance is under way already. */
  begin(
    id: DeploymentId,
    name: InstanceName,
    kind: FlightKind,
  ): { readonly signal: AbortSignal; end(): void } | undefined;
  of(id: DeploymentId): ReadonlyMap<InstanceName, FlightKind>;
  /** The wish has changed: what is being created may not be wanted any more. */
  abortCreates(id: DeploymentId): void;
  abortAll(): void;
  size(): number;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

const none: ReadonlyMap<InstanceName, FlightKind> = new Map();

export function createInFlight(): InFlight {
  const kinds = new Map<DeploymentId, Map<InstanceName, FlightKind>>();
  const aborts = new Map<InstanceName, AbortController>();
  const idlers: (() => void)[] = [];
  return {
    begin(id, name, kind) {
      const mine = kinds.get(id) ?? new Map<InstanceName, FlightKind>();
      if (mine.has(name)) return undefined;
      const abort = new AbortController();
      mine.set(name, kind);
      kinds.set(id, mine);
      aborts.set(name, abort);
      return {
        signal: abort.signal,
        end() {
          mine.delete(name);
          if (mine.size === 0 && kinds.get(id) === mine) kinds.delete(id);
          aborts.delete(name);
          if (aborts.size === 0) for (const resolve of idlers.splice(0)) resolve();
        },
      };
    },
    of: (id) => kinds.get(id) ?? none,
    abortCreates(id) {
      for (const [name, kind] of kinds.get(id) ?? none) if (kind === 'create') aborts.get(name)?.abort();
    },
    abortAll() {
      for (const abort of aborts.values()) abort.abort();
    },
    size: () => aborts.size,
    idle: () => (aborts.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => idlers.push(resolve))),
  };
}

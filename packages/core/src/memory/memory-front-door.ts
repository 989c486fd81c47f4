import { MoorageError } from '@moorage/protocol/base';
import type { AddressRecord } from '../model/deployment.js';
import type { AddressId, DeploymentId, InstanceName } from '../model/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Backend, DoorLoad, FrontDoor } from '../ports/front-door.js';

/** What became of a test's request at an address. */
export type MemoryDoorAnswer =
  | { readonly kind: 'sent'; readonly backend: Backend; done(): void }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'unknown' };

/** A front door that opens no socket: it keeps the routes that it was given, and tests ask where a request would go. */
export interface MemoryFrontDoor extends FrontDoor {
  /** A request: sent to the backend with the fewest in flight (call `done` when it is answered), or waiting for one. */
  request(id: AddressId): MemoryDoorAnswer;
  /** The backends of an address; undefined when it is not open. */
  backends(id: AddressId): readonly Backend[] | undefined;
  /** Ports that are bound now. */
  ports(): readonly number[];
}

interface OpenAddress {
  readonly record: AddressRecord;
  readonly url: string;
  backends: readonly Backend[];
  requests: number;
  waiting: number;
}

export interface MemoryFrontDoorOptions {
  /** [true] */
  readonly needsPort?: boolean | undefined;
  /** Measures the time limit of `drain`. [none: it waits until the test has called every `done`] */
  readonly clock?: Clock | undefined;
}

/** Requests under way to each instance, and who waits for their end. */
interface InFlight {
  count(instance: InstanceName): number;
  begin(instance: InstanceName): () => void;
  drain(instance: InstanceName, timeoutMs: number): Promise<void>;
  clear(): void;
}

function inFlightTable(clock: Clock | undefined): InFlight {
  const counts = new Map<InstanceName, number>();
  const waiting = new Set<() => void>();
  const count = (instance: InstanceName): number => counts.get(instance) ?? 0;
  const look = (): void => {
    for (const check of [...waiting]) check();
  };
  return {
    count,
    begin(instance) {
      counts.set(instance, count(instance) + 1);
      let finished = false;
      return () => {
        if (finished) return;
        finished = true;
        counts.set(instance, count(instance) - 1);
        look();
      };
    },
    drain: (instance, timeoutMs) =>
      new Promise((resolve) => {
        if (count(instance) <= 0) return resolve();
        const finish = (): void => {
          waiting.delete(check);
          cancel?.();
          resolve();
        };
        const check = (): void => {
          if (count(instance) <= 0) finish();
        };
        const cancel = clock?.setTimer(timeoutMs, finish);
        waiting.add(check);
      }),
    clear() {
      counts.clear();
      look();
    },
  };
}

export function memoryFrontDoor(options: MemoryFrontDoorOptions = {}): MemoryFrontDoor {
  const open = new Map<AddressId, OpenAddress>();
  const inFlight = inFlightTable(options.clock);
  const listeners = new Set<(deploymentId: DeploymentId) => void>();
  const needsPort = options.needsPort ?? true;

  return {
    needsPort,
    async open(record) {
      const there = open.get(record.id);
      if (there) return there.url;
      const taken = [...open.values()].find((other) => needsPort && other.record.port === record.port);
      if (taken) {
        throw new MoorageError('already_exists', `Port ${record.port} is taken by address "${taken.record.id}"`, {
          operation: 'front-door.open',
          context: { port: record.port },
        });
      }
      const url = needsPort ? `http://memory:${record.port}` : `http://memory/${record.id}`;
      open.set(record.id, { record, url, backends: [], requests: 0, waiting: 0 });
      return url;
    },
    route(id, backends) {
      const address = open.get(id);
      if (!address) return;
      address.backends = [...backends];
      if (backends.length > 0) address.waiting = 0;
    },
    request(id) {
      const address = open.get(id);
      if (!address) return { kind: 'unknown' };
      const load = ({ instance }: Backend): number => inFlight.count(instance);
      const [backend] = [...address.backends].sort((a, b) => load(a) - load(b));
      if (backend) {
        address.requests += 1;
        return { kind: 'sent', backend, done: inFlight.begin(backend.instance) };
      }
      address.waiting += 1;
      for (const listener of listeners) listener(address.record.deploymentId);
      return { kind: 'waiting' };
    },
    backends: (id) => open.get(id)?.backends,
    ports: () => [...open.values()].flatMap(({ record }) => (record.port === undefined ? [] : [record.port])),
    url: (id) => open.get(id)?.url,
    load(id): DoorLoad | undefined {
      const address = open.get(id);
      if (!address) return undefined;
      const busy = address.backends.reduce((sum, { instance }) => sum + inFlight.count(instance), 0);
      return { inFlight: busy, waiting: address.waiting, requests: address.requests };
    },
    drain: inFlight.drain,
    onWaiting(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async release(id) {
      open.delete(id);
    },
    async close() {
      open.clear();
      inFlight.clear();
    },
  };
}

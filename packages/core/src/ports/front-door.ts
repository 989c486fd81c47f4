import type { AddressRecord } from '../model/deployment.js';
import type { AddressId, DeploymentId, InstanceName, TenantId } from '../model/ids.js';
import type { Endpoint } from '../model/instance.js';

/** A ready instance that traffic may reach. */
export interface Backend {
  readonly instance: InstanceName;
  readonly endpoint: Endpoint;
}

export interface DoorLoad {
  readonly inFlight: number;
  readonly waiting: number;
  readonly requests: number;
}

/** Gives every deployment its stable address and sends its traffic to ready instances only (I10). */
export interface FrontDoor {
  /** Whether an address needs a host port from the range. */
  readonly needsPort: boolean;
  /**
   * Binds the address and returns its URL. Idempotent. Errors: `already_exists` when the port is taken by another
   * program.
   */
  open(address: AddressRecord, tenant: TenantId): Promise<string>;
  /**
   * Replaces the set of backends, at once; requests in flight to one that left are drained. An unknown address: no
   * effect.
   */
  route(id: AddressId, backends: readonly Backend[]): void;
  /** URL of an open address. */
  url(id: AddressId): string | undefined;
  load(id: AddressId): DoorLoad | undefined;
  /** Waits until no request is in flight to the instance, `timeoutMs` at most. */
  drain(instance: InstanceName, timeoutMs: number): Promise<void>;
  /** A request waits at an address with no backend. */
  onWaiting?(listener: (deploymentId: DeploymentId) => void): () => void;
  /** Unbinds. Idempotent. */
  release(id: AddressId): Promise<void>;
  close(): Promise<void>;
}

import type { AddressRecord } from '@moorage/core';
import type { Undici } from './backend-handle.js';
import { type Door, openDoor } from './door.js';
import { authority, type GatewaySettings } from './options.js';
import { type Routes, routes } from './routes.js';

/** One address under this gateway. */
export interface OpenedAddress {
  readonly port: number;
  readonly routes: Routes;
  deploymentId: string;
  readonly door: Promise<Door>;
  /** Set once it listens. */
  url: string | undefined;
}

/** The addresses that are open or on their way to it. */
export interface OpenedAddresses {
  get(id: string): OpenedAddress | undefined;
  all(): readonly OpenedAddress[];
  /** Idempotent for a record with the same port; another port takes the place of the old one. Gives the URL. */
  open(record: AddressRecord, port: number, undici: Undici): Promise<string>;
  /** Idempotent. Resolves when the port is free. */
  release(id: string): Promise<void>;
  releaseAll(): Promise<void>;
}

export function openedAddresses(settings: GatewaySettings, onWaiting: (deploymentId: string) => void): OpenedAddresses {
  const opened = new Map<string, OpenedAddress>();
  /** Ports that are not free yet. */
  const releasing = new Map<number, Promise<void>>();

  function add(record: AddressRecord, port: number, undici: Undici): OpenedAddress {
    const backends = routes(undici, settings, () => onWaiting(address.deploymentId));
    const address: OpenedAddress = {
      port,
      deploymentId: record.deploymentId,
      routes: backends,
      door: Promise.resolve(releasing.get(port)).then(() => openDoor(port, backends, settings)),
      url: undefined,
    };
    opened.set(record.id, address);
    return address;
  }

  async function listening(id: string, address: OpenedAddress): Promise<string> {
    try {
      const { port } = await address.door;
      address.url = `http://${authority(settings.publicHost, port)}`;
      return address.url;
    } catch (error) {
      if (opened.get(id) === address) opened.delete(id);
      throw error;
    }
  }

  async function release(id: string): Promise<void> {
    const address = opened.get(id);
    if (!address) return;
    opened.delete(id);
    const done = address.door.then(
      (door) => door.close(),
      // It never listened.
      () => undefined,
    );
    releasing.set(address.port, done);
    await done;
    if (releasing.get(address.port) === done) releasing.delete(address.port);
  }

  return {
    get: (id) => opened.get(id),
    all: () => [...opened.values()],
    async open(record, port, undici) {
      const present = opened.get(record.id);
      if (present?.port === port) {
        present.deploymentId = record.deploymentId;
        return listening(record.id, present);
      }
      if (present) await release(record.id);
      return listening(record.id, add(record, port, undici));
    },
    release,
    async releaseAll() {
      const under = [...releasing.values()];
      await Promise.all([...[...opened.keys()].map(release), ...under]);
    },
  };
}

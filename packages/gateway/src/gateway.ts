import { type AddressRecord, type FrontDoor, MoorageError } from '@moorage/core';
import { openedAddresses } from './opened-addresses.js';
import { type GatewayOptions, gatewaySettings } from './options.js';

/**
 * The real front door: each address is a port on which HTTP, server-sent events and WebSockets go to the ready
 * instance that has
 * the fewest requests in flight. While none is ready, requests wait.
 */
export function gateway(options: GatewayOptions = {}): FrontDoor {
  const listeners = new Set<{ readonly call: (deploymentId: string) => void }>();
  const addresses = openedAddresses(gatewaySettings(options), (deploymentId) => {
    for (const { call } of listeners) callSafely(call, deploymentId);
  });
  let closed = false;

  return {
    needsPort: true,
    async open(record) {
      const port = portOf(record);
      const undici = await import('undici');
      if (closed) throw new MoorageError('cancelled', 'The gateway is closed', { operation: 'gateway.open' });
      return addresses.open(record, port, undici);
    },
    route: (id, backends) => addresses.get(id)?.routes.replace(backends),
    url: (id) => addresses.get(id)?.url,
    load: (id) => addresses.get(id)?.routes.load(),
    async drain(instance, timeoutMs) {
      const handles = addresses.all().flatMap((address) => address.routes.handlesOf(instance));
      await within(timeoutMs, Promise.all(handles.map((handle) => handle.idle())));
    },
    onWaiting(call) {
      const entry = { call };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    release: (id) => addresses.release(id),
    async close() {
      closed = true;
      await addresses.releaseAll();
    },
  };
}

/** A listener is a guest here: what it throws must not cost a client its request. */
function callSafely(listener: (deploymentId: string) => void, deploymentId: string): void {
  try {
    listener(deploymentId);
  } catch {
    // It was a hint, and its loss costs latency only.
  }
}

function portOf(record: AddressRecord): number {
  if (record.port !== undefined) return record.port;
  throw new MoorageError(
    'invalid_argument',
    `Cannot open address "${record.id}": it has no port, and the gateway needs one; give the host a range with \`ports\``,
    { operation: 'gateway.open', context: { address: record.id } },
  );
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

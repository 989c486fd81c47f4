import type { AddressId } from '../model/ids.js';
import type { Backend, FrontDoor } from '../ports/front-door.js';

/**
 * No door at all: an address is the endpoint of a ready instance, and moves with it. For tests, and for callers that
 * look the address up each time; `@moorage/gateway` makes it stable.
 */
export function directFrontDoor(): FrontDoor {
  const backends = new Map<AddressId, readonly Backend[]>();
  const url = (id: AddressId) => {
    const first = backends.get(id)?.[0];
    return first && `http://${first.endpoint.host}:${first.endpoint.port}`;
  };
  return {
    needsPort: false,
    async open(address) {
      return url(address.id) ?? '';
    },
    route(id, next) {
      backends.set(id, next);
    },
    url,
    load: () => undefined,
    drain: async () => {},
    async release(id) {
      backends.delete(id);
    },
    async close() {
      backends.clear();
    },
  };
}

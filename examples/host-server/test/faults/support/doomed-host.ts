/**
 * A host that does one thing and dies by SIGKILL at one named point of it. Bundled and started by the tests; takes one
 * JSON document as its argument.
 */
import { createHost } from '@moorage/core';
import { dockerDriver } from '@moorage/driver-docker';
import { processDriver } from '@moorage/driver-process';
import { gateway } from '@moorage/gateway';
import { postgresStore } from '@moorage/store-postgres';
import type { DoomedOrder } from './doomed-order.js';

const order = JSON.parse(process.argv[2] ?? '') as DoomedOrder;
const { action, manifest, tenant, replicas } = order;

let armed = false;
const host = await createHost({
  driver: order.folder === undefined ? dockerDriver() : processDriver({ folder: order.folder }),
  store: await postgresStore({ url: order.url, schema: order.schema }),
  frontDoor: gateway(),
  ports: order.ports,
  hostId: order.hostId,
  resyncMs: 1_000,
  crashPoints: {
    reach(point) {
      if (!armed || point !== order.point) return undefined;
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    },
  },
});

const [found] = (await host.list({ tenant })).items;
const handle = found && (await host.get(found.record.desired.id));
await handle?.ready().catch(() => undefined);
armed = true;
if (action === 'deploy') await host.deploy(manifest, { tenant, replicas });
if (action === 'update') await handle?.update(manifest);
if (action === 'remove') await handle?.remove();
if (action === 'park') await handle?.park();
if (action === 'unpark') await handle?.unpark();
// Alive until the point is reached.
setInterval(() => undefined, 60_000);

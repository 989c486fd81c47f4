/**
 * A host on a cluster that does one thing and dies by SIGKILL as soon as the API server has answered so many of its
 * writes; no further one is sent. Without that many it ends by itself and tells how many there were. Bundled and
 * started by the tests; takes one JSON document as its argument.
 */
import https, { Agent } from 'node:https';
import { Duplex } from 'node:stream';
import { scheduler } from 'node:timers/promises';
import { aesSecrets, createHost } from '@moorage/core';
import { kubernetesDriver } from '@moorage/driver-k8s';
import { postgresStore } from '@moorage/store-postgres';
import type { WriterOrder } from './cluster-writes.js';

const order = JSON.parse(process.argv[2] ?? '') as WriterOrder;
const { action, manifest, tenant } = order;

let armed = false;
let sent = 0;
let answered = 0;
const die = () => process.kill(process.pid, 'SIGKILL');

/** Takes what is sent, and passes nothing on. */
const nowhere = Object.assign(new Agent(), {
  createConnection: () =>
    Object.assign(new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }), {
      setKeepAlive: () => undefined,
      setNoDelay: () => undefined,
      setTimeout: () => undefined,
    }),
});

const send = https.request;
Object.assign(https, {
  request(url: URL, options: https.RequestOptions) {
    if (!armed || options.method === 'GET') return send(url, options);
    sent += 1;
    if (sent > order.writes) {
      if (answered === order.writes) die();
      return send(url, { ...options, agent: nowhere });
    }
    const request = send(url, options);
    request.once('response', () => {
      answered += 1;
      if (answered === order.writes) die();
    });
    return request;
  },
});

const host = await createHost({
  driver: kubernetesDriver({ kubeconfig: order.kubeconfig, policies: 'enforced' }),
  store: await postgresStore({ url: order.url, schema: order.schema, connectTimeoutMs: 60_000 }),
  secrets: aesSecrets(Buffer.from(order.secretsKey, 'hex')),
  hostId: order.hostId,
  resyncMs: 1_000,
});

const [found] = (await host.list({ tenant })).items;
const handle = found && (await host.get(found.record.desired.id));
await handle?.ready();
armed = true;
if (action === 'deploy') await (await host.deploy(manifest, { tenant })).ready();
if (action === 'update') await (await handle?.update(manifest))?.deployment.ready();
if (action === 'remove') {
  await handle?.remove();
  await handle?.gone();
}
// What it does beside, until it has been quiet for a while.
for (let before = -1; before !== sent; ) {
  before = sent;
  await scheduler.wait(3_000);
}
process.stdout.write(`${sent}\n`);
process.exit(0);

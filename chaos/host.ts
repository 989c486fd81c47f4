/**
 * A host as a service would embed it, with its API on loopback. Dies whenever its parent likes; takes one JSON document
 * as its argument.
 */
import { createServer } from 'node:http';
import { aesSecrets, createHost, type Driver } from '@moorage/core';
import { dockerDriver } from '@moorage/driver-docker';
import { kubernetesDriver } from '@moorage/driver-k8s';
import { processDriver } from '@moorage/driver-process';
import { gateway } from '@moorage/gateway';
import { createHttp } from '@moorage/http';
import { postgresStore } from '@moorage/store-postgres';
import type { DriverOrder, HostOrder } from './support/host-order.js';

const order = JSON.parse(process.argv[2] ?? '') as HostOrder;

function driverOf(driver: DriverOrder): Driver | undefined {
  switch (driver.kind) {
    case 'docker':
      return dockerDriver({ socketPath: driver.socketPath });
    case 'process':
      return processDriver({ folder: driver.folder });
    case 'kubernetes':
      return kubernetesDriver({ kubeconfig: driver.kubeconfig, policies: 'enforced' });
    case 'memory':
      return undefined;
  }
}

const host = await createHost({
  driver: driverOf(order.driver),
  store: await postgresStore({ url: order.url, schema: order.schema }),
  frontDoor: order.driver.kind === 'memory' ? undefined : gateway({ waitMs: 5_000 }),
  secrets: aesSecrets(Buffer.from(order.secretsKey, 'hex')),
  hostId: order.hostId,
  ports: order.ports,
  resyncMs: order.resyncMs,
  logger: {
    log(level, message, fields) {
      if (level === 'debug') return;
      process.stderr.write(`${new Date().toISOString()} ${level} ${message} ${JSON.stringify(fields ?? {})}\n`);
    },
  },
});
const server = createServer(createHttp(host).node);
server.listen(order.apiPort, '127.0.0.1', () => process.stdout.write('ready\n'));

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost } from '@moorage/core';
import { kubernetesDriver } from '@moorage/driver-k8s';
import { gateway } from '@moorage/gateway';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import type { BenchHost } from './docker-host.js';
import { freePorts } from './free-ports.js';
import type { BenchCluster } from './kubernetes-cluster.js';
import { warnings } from './warnings.js';

/** A host as `npm start` makes it on Kubernetes: the real cluster, an embedded PostgreSQL, the gateway. */
export async function openKubernetesHost(cluster: BenchCluster): Promise<BenchHost> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-bench-'));
  const server = await embeddedPostgres({ folder });
  const host = await createHost({
    driver: kubernetesDriver({ kubeconfig: cluster.kubeconfig, policies: 'enforced' }),
    store: await postgresStore({ url: server.url }),
    frontDoor: gateway(),
    ports: await freePorts(64),
    logger: warnings,
  });
  return {
    host,
    async close() {
      await host.close();
      await cluster.clear([host.owner]);
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

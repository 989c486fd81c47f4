import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost, type Host } from '@moorage/core';
import { dockerDriver } from '@moorage/driver-docker';
import { gateway } from '@moorage/gateway';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import { dockerEngine, sweepOwner } from './docker-engine.js';
import { freePorts } from './free-ports.js';

export interface BenchHost {
  readonly host: Host;
  /** Removes the deployments, stops host and database, and takes away what is left of it anywhere. */
  close(): Promise<void>;
}

/** A host as `npm start` makes it: the real engine, an embedded PostgreSQL with its default settings, the gateway. */
export async function openDockerHost(): Promise<BenchHost> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-bench-'));
  const server = await embeddedPostgres({ folder });
  const host = await createHost({
    driver: dockerDriver(),
    store: await postgresStore({ url: server.url }),
    frontDoor: gateway(),
    ports: await freePorts(64),
    secrets: undefined,
    logger: {
      log(level, message) {
        if (level === 'warn' || level === 'error') process.stderr.write(`${level}: ${message}\n`);
      },
    },
  });
  return {
    host,
    async close() {
      await host.close({ remove: true });
      await server.close();
      const left = await sweepOwner(dockerEngine(), host.owner);
      if (left > 0) process.stderr.write(`warn: ${left} containers or networks were left over\n`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

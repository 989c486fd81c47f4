// #region example
import { createHost } from '@moorage/core';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';

// A PostgreSQL of one's own in a folder; with a server at hand, its URL is all that is needed.
await using server = await embeddedPostgres({ folder: '.moorage/postgres' });
const store = await postgresStore({ url: server.url });

await using host = await createHost({ store });
const runtime = { image: 'greeter:1.0.0' };
const manifest = { agent_id: 'agent.greeter', name: 'Greeter', version: '1.0.0', runtime };
const greeter = await host.deploy(manifest, { tenant: 'customer-123' });
await greeter.ready();
console.log(`${greeter.agentId} is ${greeter.health}, kept by ${host.store.name}`);
// #endregion

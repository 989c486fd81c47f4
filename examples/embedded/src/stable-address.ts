// #region example
import { fileURLToPath } from 'node:url';
import { createHost } from '@moorage/core';
import { processDriver } from '@moorage/driver-process';
import { gateway } from '@moorage/gateway';

const folder = process.env.MOORAGE_STATE ?? '.moorage/processes';
const runtime = { language: 'node', entrypoint: fileURLToPath(new URL('../src/agent.mjs', import.meta.url)) };
const manifest = { agent_id: 'agent.greeter', name: 'Greeter', version: '1.0.0', runtime };

await using host = await createHost({ driver: processDriver({ folder }), frontDoor: gateway() });
const greeter = await host.deploy(manifest, { tenant: 'customer-123' });
await greeter.ready();
console.log(greeter.address); // http://127.0.0.1:20000, also after a roll-out, a crash or a restart of the host
// #endregion
await greeter.remove();
await greeter.gone();

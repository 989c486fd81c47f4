// #region example
import { fileURLToPath } from 'node:url';
import { createHost } from '@moorage/core';
import { processDriver } from '@moorage/driver-process';

const folder = process.env.MOORAGE_STATE ?? '.moorage/processes';
const entrypoint = fileURLToPath(new URL('../src/agent.mjs', import.meta.url));
const env = [{ name: 'GREETING', value: 'Hello' }];

await using host = await createHost({ driver: processDriver({ folder }) });
const greeter = await host.deploy(
  { agent_id: 'agent.greeter', name: 'Greeter', version: '1.0.0', runtime: { language: 'node', entrypoint, env } },
  { tenant: 'customer-123' },
);
await greeter.ready();
console.log(await (await fetch(`${greeter.address}/greet?name=world`)).text());

await greeter.remove();
await greeter.gone();
// #endregion

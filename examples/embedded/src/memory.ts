import { createHost } from '@moorage/core';

const manifest = {
  agent_id: 'agent.greeter',
  name: 'Greeter',
  version: '1.0.0',
  runtime: { image: 'greeter:1.0.0' },
};

await using host = await createHost(); // no options: everything in memory
const greeter = await host.deploy(manifest, { tenant: 'customer-123' });
await greeter.ready();
console.log(`${greeter.agentId} is ${greeter.health} at ${greeter.address}`);

await greeter.scale(3);
await greeter.ready();
for await (const { type, message } of greeter.events({ after: 'start', once: true })) console.log(type, message);

await greeter.remove();
await greeter.gone();

import { createHost } from '@moorage/core';
import { customDriver, type FunctionEngine } from './custom-driver.js';

/** Hosts one function and asks it; the README quotes it. */
export async function greet(): Promise<string> {
  // #region greeter
  const engine: FunctionEngine = {
    id: 'this-process',
    instances: new Map(),
    programs: {
      greeter: () => (request, response) => {
        response.end(request.url === '/health' ? '{"status":"ok"}' : 'Good day');
      },
    },
  };
  await using host = await createHost({ driver: customDriver(engine) });
  const greeter = await host.deploy(
    {
      agent_id: 'agent.greeter',
      name: 'Greeter',
      version: '1.0.0',
      runtime: { language: 'node', entrypoint: 'greeter' },
    },
    { tenant: 'customer-123' },
  );
  await greeter.ready();
  const answer = await fetch(greeter.address);
  // #endregion
  const text = await answer.text();
  await greeter.remove();
  await greeter.gone();
  return text;
}

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createHost } from '@moorage/core';
import { dockerAnswers, dockerDriver, localNodeImage } from '@moorage/driver-docker';
import { processDriver } from '@moorage/driver-process';
import { gateway } from '@moorage/gateway';

const agent = fileURLToPath(new URL('../src/agent.mjs', import.meta.url));
const image = 'moorage/greeter:1.0.0';
const docker = process.env.MOORAGE_DRIVER !== 'process' && process.platform === 'linux' && (await dockerAnswers()).ok;
if (docker)
  await localNodeImage({ tag: image, files: { '/agent.mjs': await readFile(agent) }, command: ['node', '/agent.mjs'] });

await using host = await createHost({
  driver: docker ? dockerDriver() : processDriver({ folder: process.env.MOORAGE_STATE ?? '.moorage/embedded' }),
  frontDoor: gateway(),
});
const runtime = { env: [{ name: 'GREETING', value: 'Hello' }], ...(docker ? { image } : { entrypoint: agent }) };
const manifest = { agent_id: 'agent.greeter', name: 'Greeter', version: '1.0.0', runtime };

const greeter = await host.deploy(manifest, { tenant: 'customer-123' });
await greeter.ready();
const answer = await fetch(`${greeter.address}/greet?name=world`);
console.log(`${host.driver.name} ${greeter.address} ${await answer.text()}`);

await greeter.remove();
await greeter.gone();

// #region example
import { createHost } from '@moorage/core';
import { dockerAnswers, dockerDriver, localNodeImage } from '@moorage/driver-docker';

const answer = await dockerAnswers();
if (!answer.ok) throw new Error(answer.reason);

// Any image will do. This one is made of the Node that runs here (on Linux), for machines that cannot pull.
const image = 'moorage/greeter:local';
const program = `import { createServer } from 'node:http';
createServer((_, response) => response.end('Hello')).listen(process.env.PORT);`;
await localNodeImage({ tag: image, files: { '/app/main.mjs': program }, command: ['node', '/app/main.mjs'] });

await using host = await createHost({ driver: dockerDriver() });
const runtime = { image, resources: { cpu: '0.5', memory: '256Mi', pids: 64 } };
const manifest = { agent_id: 'agent.demo.greeter', name: 'Greeter', version: '1.0.0', runtime };
const greeter = await host.deploy(manifest, { tenant: 'customer-123' });
await greeter.ready();
console.log(await (await fetch(greeter.address)).text());
// #endregion
await greeter.remove();
await greeter.gone();

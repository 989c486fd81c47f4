// #region example
import { createHost } from '@moorage/core';
import { chooseEndpoints, clusterAnswers, kubernetesDriver, verifyPolicies } from '@moorage/driver-k8s';
import { gateway } from '@moorage/gateway';

const answer = await clusterAnswers();
if (!answer.ok) throw new Error(answer.reason);

// Any image with Node that the cluster can pull: the probes run from it, too. What they find is worth keeping.
const image = process.env.AGENT_IMAGE ?? 'node:22-alpine';
const { endpoints } = await chooseEndpoints({ image });
const { policies } = await verifyPolicies({ image });

await using host = await createHost({ driver: kubernetesDriver({ endpoints, policies }), frontDoor: gateway() });
const program = `require('http').createServer((_, response) => response.end('Hello')).listen(process.env.PORT)`;
const runtime = { image, command: ['node', '-e', program] };
const manifest = { agent_id: 'agent.demo.greeter', name: 'Greeter', version: '1.0.0', runtime };
const greeter = await host.deploy(manifest, { tenant: 'customer-123' });
await greeter.ready();
console.log(await (await fetch(greeter.address)).text());
// #endregion
await greeter.remove();
await greeter.gone();

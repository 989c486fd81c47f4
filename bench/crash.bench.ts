import type { Host } from '@moorage/core';
import { calculatorManifest } from '../examples/agents/src/manifests.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { calculatorImage } from './support/calculator-image.js';
import { dockerEngine } from './support/docker-engine.js';
import { type DockerFloor, dockerFloor, tenantNetwork } from './support/docker-floor.js';
import { openDockerHost } from './support/docker-host.js';
import { describeTimes, percentile } from './support/percentile.js';

/**
 * `docker kill` of an instance to its replacement being healthy, in turns with a deploy by hand on the engine's API.
 * Each pair has a deployment of its own: only the first replacement comes at once, later ones are backed off.
 */
const pairs = amount('pairs', 30);
const warmUp = 1;
const barMs = 250;
const tenant = 'bench';
const engine = dockerEngine();

async function main(): Promise<void> {
  const manifest = calculatorManifest(await calculatorImage());
  const { host, close } = await openDockerHost();
  let floor: DockerFloor | undefined;
  try {
    const anchor = await host.deploy(manifest, { tenant, name: 'anchor' });
    await anchor.ready();
    floor = dockerFloor((await anchor.view()).record, host.owner, await tenantNetwork(host.owner));
    const byHand: number[] = [];
    const byHost: number[] = [];
    for (let pair = 0; pair < pairs + warmUp; pair += 1) {
      const first = pair % 2 === 0 ? await floor.deploy() : undefined;
      const replaced = await crashOne(host, manifest);
      const ms = first ?? (await floor.deploy());
      await floor.clear();
      if (pair < warmUp) continue;
      byHand.push(ms);
      byHost.push(replaced);
    }
    report(byHand, byHost);
  } finally {
    await floor?.close();
    await close();
  }
}

async function crashOne(host: Host, manifest: object): Promise<number> {
  const deployment = await host.deploy(manifest, { tenant, name: 'victim' });
  await deployment.ready();
  const [victim] = (await deployment.view()).instances;
  if (!victim) throw new Error('A ready deployment has no instance');
  let started = 0;
  const replaced = new Promise<number>((resolve) => {
    const off = host.on('instance-ready', ({ deploymentId, data }) => {
      if (deploymentId !== deployment.id || data.instance === victim.observed.name) return;
      off();
      resolve(performance.now() - started);
    });
  });
  started = performance.now();
  await engine.post(`/containers/${victim.observed.name}/kill`);
  const ms = await replaced;
  await deployment.remove();
  await deployment.gone();
  return ms;
}

function report(byHand: readonly number[], byHost: readonly number[]): void {
  process.stdout.write(`floor ${describeTimes(byHand)}; host ${describeTimes(byHost)}; ${byHost.length} pairs\n`);
  for (const share of [0.5, 0.95]) {
    const aboveMs = percentile(byHost, share) - percentile(byHand, share);
    figure({
      what: `crash to replacement healthy on Docker, p${share * 100}`,
      measured: `floor + ${aboveMs.toFixed(0)} ms (${percentile(byHost, share).toFixed(0)} ms)`,
      bar: `at most floor + ${barMs} ms`,
      met: aboveMs <= barMs,
    });
  }
}

await main();

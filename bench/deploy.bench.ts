import type { Host } from '@moorage/core';
import { calculatorManifest } from '../examples/agents/src/manifests.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { calculatorImage } from './support/calculator-image.js';
import { type DockerFloor, dockerFloor, tenantNetwork } from './support/docker-floor.js';
import { openDockerHost } from './support/docker-host.js';
import { describeTimes, percentile } from './support/percentile.js';

/**
 * Deploy to healthy on Docker, against the same work by hand on the engine's API, in turns: one at a time, then 8 at
 * once. One deployment stays all the while, so that the tenant's network is there for both.
 */
const pairs = amount('pairs', 100);
const rounds = amount('rounds', 13);
const atOnce = 8;
const warmUp = 2;
const bar = 1.1;
const tenant = 'bench';

interface Times {
  readonly floor: number[];
  readonly host: number[];
}

async function main(): Promise<void> {
  const manifest = calculatorManifest(await calculatorImage());
  const { host, close } = await openDockerHost();
  let floor: DockerFloor | undefined;
  try {
    const anchor = await host.deploy(manifest, { tenant, name: 'anchor' });
    await anchor.ready();
    floor = dockerFloor((await anchor.view()).record, host.owner, await tenantNetwork(host.owner));
    const alone = await inTurns(host, manifest, floor, { turns: pairs, each: 1 });
    report('one at a time', alone);
    report(`${atOnce} at once`, await inTurns(host, manifest, floor, { turns: rounds, each: atOnce }));
  } finally {
    await floor?.close();
    await close();
  }
}

/** Who goes first changes from turn to turn. */
async function inTurns(
  host: Host,
  manifest: object,
  floor: DockerFloor,
  { turns, each }: { readonly turns: number; readonly each: number },
): Promise<Times> {
  const times: Times = { floor: [], host: [] };
  for (let turn = 0; turn < turns + warmUp; turn += 1) {
    const byHost = () => hostTurn(host, manifest, each);
    const byHand = () => floorTurn(floor, each);
    const found =
      turn % 2 === 0
        ? { floor: await byHand(), host: await byHost() }
        : { host: await byHost(), floor: await byHand() };
    if (turn < warmUp) continue;
    times.floor.push(...found.floor);
    times.host.push(...found.host);
  }
  return times;
}

async function floorTurn(floor: DockerFloor, each: number): Promise<readonly number[]> {
  const times = await Promise.all(Array.from({ length: each }, () => floor.deploy()));
  await floor.clear();
  return times;
}

async function hostTurn(host: Host, manifest: object, each: number): Promise<readonly number[]> {
  const done = await Promise.all(
    Array.from({ length: each }, (_, index) => deployOne(host, manifest, `copy-${index}`)),
  );
  await Promise.all(done.map(({ remove }) => remove()));
  return done.map(({ ms }) => ms);
}

async function deployOne(host: Host, manifest: object, name: string) {
  const started = performance.now();
  const deployment = await host.deploy(manifest, { tenant, name });
  await deployment.ready();
  const ms = performance.now() - started;
  const remove = async () => {
    await deployment.remove();
    await deployment.gone();
  };
  return { ms, remove };
}

function report(how: string, { floor, host }: Times): void {
  process.stdout.write(`${how}: floor ${describeTimes(floor)}; host ${describeTimes(host)}; ${host.length} pairs\n`);
  for (const share of [0.5, 0.95]) {
    const [byHand, byHost] = [percentile(floor, share), percentile(host, share)];
    const ratio = byHost / byHand;
    figure({
      what: `deploy to healthy on Docker, ${how}, p${share * 100}`,
      measured: `${ratio.toFixed(3)} × floor (${byHost.toFixed(0)} ms)`,
      bar: `at most ${bar.toFixed(2)} × floor`,
      met: ratio <= bar,
    });
  }
}

await main();

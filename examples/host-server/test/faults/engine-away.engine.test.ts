import type { DeploymentHandle, Host } from '@moorage/core';
import { directFrontDoor } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { logged } from './support/logged.js';
import { longTest, patience, readyIn } from './support/patience.js';
import { type PrivateEngine, privateEngine } from './support/private-engine.js';
import { openWorld, type World } from './support/world.js';

let engine: PrivateEngine;
let world: World;
let host: Host;
beforeAll(async () => {
  engine = await privateEngine();
  await engine.start();
  world = await openWorld('docker', { socketPath: engine.socketPath });
});
afterAll(async () => {
  await world?.close();
  await engine?.close();
});
beforeEach(async () => {
  host = await world.host({ transport: engine.transport, frontDoor: directFrontDoor() });
});

const deploy = (name: string, replicas = 1) =>
  host.deploy(world.manifest('good', { agentId: `agent.${name}` }), { tenant: 'customer-1', replicas });

const namesOf = async (handle: DeploymentHandle) =>
  (await handle.view()).instances.map(({ observed }) => observed.name).sort();

const whileAway = () =>
  eventually(
    'the host says that the engine is away',
    async () => {
      const { ready, problems } = await host.check();
      return !ready && problems.some((problem) => problem.startsWith('The engine does not answer'));
    },
    patience,
  );

/** Every instance is another one, serves, and is the only one of its place. */
const renewed = (handle: DeploymentHandle, before: readonly string[]) =>
  eventually(
    `${handle.agentId} runs again`,
    async () => {
      const { phase, instances } = await handle.view();
      const names = instances.map(({ observed }) => observed.name);
      return phase === 'ready' && names.length === before.length && names.every((name) => !before.includes(name));
    },
    patience,
  );

async function answers(handle: DeploymentHandle): Promise<void> {
  const { status, body } = await engine.ask(handle.address);
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ agent: handle.agentId });
}

async function takeDown(): Promise<void> {
  const { owner } = host;
  await host.close({ remove: true });
  expect(await world.leftovers(owner)).toEqual([]);
}

it('an engine that is stopped and started: nothing lost, everything back once', longTest, async () => {
  const one = await deploy('one');
  const two = await deploy('two', 2);
  for (const handle of [one, two]) await handle.ready(readyIn);
  const before = [await namesOf(one), await namesOf(two)];
  const doomed = await deploy('doomed');
  await doomed.ready(readyIn);

  await engine.stop();
  await whileAway();
  await logged(world, 'warn The engine cannot be looked at');
  expect((await host.list()).items).toHaveLength(3);
  // Wishes are taken meanwhile.
  await doomed.remove();
  const late = await deploy('late');

  await engine.start();
  await late.ready(readyIn);
  await renewed(one, before[0] ?? []);
  await renewed(two, before[1] ?? []);
  for (const handle of [one, two, late]) await answers(handle);
  await doomed.gone(readyIn);
  expect(await world.engine.containers(host.owner)).toHaveLength(4);
  expect(await host.check()).toMatchObject({ ready: true });
  await takeDown();
});

it('an engine that is killed: each instance is started again exactly once, and told', longTest, async () => {
  const one = await deploy('one', 2);
  await one.ready(readyIn);
  const before = await namesOf(one);

  await engine.kill();
  await whileAway();
  expect(await one.incidents()).toEqual([]);

  await engine.start();
  await renewed(one, before);
  await answers(one);
  const ends = (await one.incidents()).filter(({ instance }) => before.includes(instance));
  expect(ends.map(({ instance }) => instance).sort()).toEqual(before);
  for (const { message } of ends) expect(message).toMatch(/ended: .+/);
  expect(await world.engine.containers(host.owner)).toHaveLength(2);
  await takeDown();
});

it('an engine that is killed while many deploys are under way: all of them end ready', longTest, async () => {
  const handles = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => deploy(name)));
  await eventually('some are there', async () => (await world.engine.containers(host.owner)).length > 1, patience);
  await engine.kill();
  await whileAway();
  await engine.start();
  for (const handle of handles) {
    await eventually(`${handle.agentId} is ready`, () => handle.phase === 'ready', patience);
    await handle.ready(readyIn);
    await answers(handle);
    expect(await namesOf(handle)).toHaveLength(1);
  }
  await eventually(
    'no container too many',
    async () => (await world.engine.containers(host.owner)).length === handles.length,
    patience,
  );
  await takeDown();
});

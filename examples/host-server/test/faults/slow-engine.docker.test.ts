import type { Host } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { dockerDriver } from '@moorage/driver-docker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './support/ask.js';
import { logged } from './support/logged.js';
import { longTest, patience, readyIn } from './support/patience.js';
import { type SlowProxy, slowProxy } from './support/slow-proxy.js';
import { openWorld, type World } from './support/world.js';

let world: World;
let proxy: SlowProxy;
let host: Host;
beforeAll(async () => {
  world = await openWorld('docker');
  proxy = await slowProxy();
  host = await world.host({ driver: dockerDriver({ socketPath: proxy.socketPath }), callTimeoutMs: 5_000 });
});
afterAll(async () => {
  proxy?.release();
  await world?.close();
  await proxy?.close();
});

it('an engine that answers slowly makes everything later, and nothing wrong', longTest, async () => {
  proxy.delay(200);
  const handles = await Promise.all(
    ['a', 'b'].map((name) =>
      host.deploy(world.manifest('good', { agentId: `agent.${name}` }), { tenant: 'customer-1' }),
    ),
  );
  for (const handle of handles) {
    await handle.ready(readyIn);
    expect(await ask(handle.address)).toMatchObject({ agent: handle.agentId });
    expect(await handle.incidents()).toEqual([]);
  }
  expect(await world.engine.containers(host.owner)).toHaveLength(handles.length);
  for (const handle of handles) await handle.remove();
  for (const handle of handles) await handle.gone(readyIn);
  proxy.delay(0);
  expect(await world.leftovers(host.owner)).toEqual([]);
});

it('an engine that does not answer is told, agents go on, and nothing is replaced', longTest, async () => {
  const handle = await host.deploy(world.manifest('good'), { tenant: 'customer-1' });
  await handle.ready(readyIn);
  const before = (await handle.view()).instances.map(({ observed }) => observed.name);
  const { pid } = await ask(handle.address);

  proxy.hold();
  const problems = await eventually(
    'the host says so',
    async () => {
      const { ready, problems: told } = await host.check();
      return !ready && told;
    },
    patience,
  );
  expect(problems.join('\n')).toMatch(/The engine does not answer/);
  await logged(world, 'warn The engine cannot be looked at');
  expect((await ask(handle.address)).pid).toBe(pid);
  // A wish is taken, and carried out later.
  const later = await host.deploy(world.manifest('good', { agentId: 'agent.later' }), { tenant: 'customer-1' });
  expect(later.phase).not.toBe('ready');

  proxy.release();
  await later.ready(readyIn);
  await eventually('all is well again', async () => (await host.check()).ready, patience);
  expect((await handle.view()).instances.map(({ observed }) => observed.name)).toEqual(before);
  expect((await ask(handle.address)).pid).toBe(pid);
  expect(await host.incidents()).toEqual([]);
  expect(await world.engine.containers(host.owner)).toHaveLength(2);

  await host.close({ remove: true });
  expect(await world.leftovers(host.owner)).toEqual([]);
  expect(await world.openPorts()).toEqual([]);
});

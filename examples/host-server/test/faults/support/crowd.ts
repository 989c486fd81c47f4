import type { Host } from '@moorage/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './ask.js';
import { longTest, readyIn } from './patience.js';
import { type TestPostgres, testPostgres } from './postgres.js';
import { type Kind, openWorld, type World } from './world.js';

/** So many deployments at once, of several tenants. */
export function crowd(kind: Kind, count: number): void {
  let world: World;
  let postgres: TestPostgres | undefined;
  let host: Host;
  beforeAll(async () => {
    world = await openWorld(kind, { portCount: count });
    // On Docker the time goes into the engine: PostgreSQL is tried with the others.
    postgres = kind === 'docker' ? undefined : await testPostgres();
    host = await world.host({ store: await postgres?.store() });
  });
  afterAll(async () => {
    await world?.close();
    await postgres?.close();
  });

  it(`${count} deploys at once are all ready, apart from each other, and all gone again`, longTest, async () => {
    const handles = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        host.deploy(world.manifest('good', { agentId: `agent.n${index}` }), { tenant: `customer-${index % 4}` }),
      ),
    );
    await Promise.all(handles.map((handle) => handle.ready(readyIn)));
    const ports = new Set(handles.map(({ address }) => new URL(address).port));
    expect(ports.size).toBe(count);
    expect((await world.openPorts()).map(String).sort()).toEqual([...ports].sort());

    const { items } = await host.list({}, { limit: 1_000 });
    expect(items).toHaveLength(count);
    expect(items.map(({ phase, instances }) => [phase, instances.length])).toEqual(
      items.map(() => ['ready', 1] as const),
    );
    if (kind !== 'memory') {
      const answers = await Promise.all(handles.map(({ address }) => ask(address)));
      expect(answers.map(({ agent }) => agent)).toEqual(handles.map(({ agentId }) => agentId));
    }

    await Promise.all(handles.map((handle) => handle.remove()));
    await Promise.all(handles.map((handle) => handle.gone(readyIn)));
    expect((await host.list()).items).toEqual([]);
    expect(await world.leftovers(host.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
    expect((await host.incidents()).length).toBe(0);
    expect((await host.check()).problems).toEqual([]);
  });
}

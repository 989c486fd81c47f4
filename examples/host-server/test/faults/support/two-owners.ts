import type { DeploymentHandle, Host } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './ask.js';
import { longTest, patience, readyIn } from './patience.js';
import { type Kind, openWorld, type World } from './world.js';

const tenant = 'customer-1';

/** Two installations on one engine, with the same customers and agents in both. */
export function twoOwners(kind: Kind): void {
  let world: World;
  let first: Host;
  let second: Host;
  beforeAll(async () => {
    world = await openWorld(kind);
    const { from, to } = world.ports;
    const middle = Math.floor((from + to) / 2);
    first = await world.host({ ports: { from, to: middle } });
    second = await world.host({ ports: { from: middle + 1, to } });
  });
  afterAll(() => world?.close());

  const factsOf = async (handle: DeploymentHandle) => {
    const { instances } = await handle.view();
    return instances.map(({ observed }) => [observed.name, observed.startedAt, observed.state]);
  };

  it('each leaves the other’s alone, also when one takes all of its own down', longTest, async () => {
    expect(first.owner).not.toBe(second.owner);
    const mine = await first.deploy(world.manifest('good'), { tenant });
    const others = await second.deploy(world.manifest('good'), { tenant });
    await Promise.all([mine.ready(readyIn), others.ready(readyIn)]);
    expect((await first.list()).items.map(({ record }) => record.desired.id)).toEqual([mine.id]);
    expect((await second.list()).items.map(({ record }) => record.desired.id)).toEqual([others.id]);
    expect((await ask(mine.address)).pid).toBeGreaterThan(0);

    const before = await factsOf(others);
    expect(before).toHaveLength(1);
    await first.close({ remove: true });
    await looksTwice(second);
    expect(await factsOf(others)).toEqual(before);
    expect(await ask(others.address)).toMatchObject({ mode: 'good' });
    expect(await others.incidents()).toEqual([]);
    expect(await second.check()).toMatchObject({ ready: true, problems: [] });
    if (kind === 'docker') {
      expect(await world.leftovers(first.owner)).toEqual([]);
      expect(await world.leftovers(second.owner)).toHaveLength(2);
    }
    expect(await world.openPorts()).toEqual([Number(new URL(others.address).port)]);

    await others.remove();
    await others.gone(readyIn);
    expect(await world.leftovers(second.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
  });
}

/** Whatever a host would do to what it does not know, it does when it looks. */
async function looksTwice(host: Host): Promise<void> {
  const key = Object.keys(host.metrics()).find((name) => /list/.test(name) && /calls|total/.test(name));
  if (key === undefined) throw new Error(`no figure for looks: ${Object.keys(host.metrics()).join(', ')}`);
  const before = host.metrics()[key] ?? 0;
  await eventually('two more looks', () => (host.metrics()[key] ?? 0) >= before + 2, patience);
}

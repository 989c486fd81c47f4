import type { DeploymentHandle, Host } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Mode } from './fault-agent.js';
import { longTest, patience, readyIn } from './patience.js';
import { type Kind, openWorld, type World } from './world.js';

/** Volumes outlive instances, and go with their deployment whatever has become of its instances. */
export function volumesGo(kind: Kind): void {
  let world: World;
  let host: Host;
  beforeAll(async () => {
    world = await openWorld(kind);
    host = await world.host();
  });
  afterAll(() => world?.close());

  const deploy = (mode: Mode) =>
    host.deploy(world.manifest(mode, { runtime: { state: { volumes: [{ name: 'data', path: '/data' }] } } }), {
      tenant: 'customer-1',
    });
  const isEmpty = async (handle: DeploymentHandle) => (await handle.view()).instances.length === 0;

  it('of one that was scaled to 0', longTest, async () => {
    const handle = await deploy('good');
    await handle.ready(readyIn);
    await handle.scale(0);
    await eventually('no instance is left', () => isEmpty(handle), patience);
    expect(await world.leftovers(host.owner)).not.toEqual([]);
    await handle.remove();
    await handle.gone(readyIn);
    expect(await world.leftovers(host.owner)).toEqual([]);
  });

  it('of one that waits for its next attempt in a crash loop', longTest, async () => {
    const handle = await deploy('exits');
    await eventually(
      'a crash loop between two attempts',
      async () => handle.phase === 'failed' && isEmpty(handle),
      patience,
    );
    await handle.remove();
    await handle.gone(readyIn);
    expect(await world.leftovers(host.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
  });
}

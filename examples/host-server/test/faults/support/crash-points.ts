import {
  type CrashPoint,
  type DeploymentHandle,
  type Host,
  type ObservedInstance,
  verifyAuditChain,
} from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './ask.js';
import { type DoomedOrder, type DoomedProgram, doomedProgram } from './doomed-order.js';
import { longTest, patience, readyIn } from './patience.js';
import { type TestPostgres, testPostgres } from './postgres.js';
import { type Kind, openWorld, type World } from './world.js';

export type CrashCase = readonly [action: DoomedOrder['action'], point: CrashPoint];

const tenant = 'customer-1';
const replicas = 2;

/** A host is killed at a named point, and another start of it finds everything and does nothing twice. */
export function killedAtPoints(kind: Kind, cases: readonly CrashCase[]): void {
  let world: World;
  let postgres: TestPostgres;
  let program: DoomedProgram;
  beforeAll(async () => {
    world = await openWorld(kind);
    postgres = await testPostgres();
    program = await doomedProgram();
  });
  afterAll(async () => {
    await world?.close();
    await program?.close();
    await postgres?.close();
  });

  const listed = async (owner: string): Promise<readonly ObservedInstance[]> => {
    const driver = world.driver();
    if (driver.level !== 'container') throw new Error('a container driver is needed');
    const { instances } = await driver.list({ owner }, { signal: AbortSignal.timeout(60_000) });
    await driver.close();
    return instances;
  };

  /** What the action needs to be there before. Returns the installation's id. */
  async function prepare(action: DoomedOrder['action'], start: () => Promise<Host>): Promise<string> {
    const host = await start();
    if (action !== 'deploy') {
      const handle = await host.deploy(world.manifest('good'), { tenant, replicas });
      await handle.ready(readyIn);
      if (action === 'unpark') {
        await handle.park();
        await eventually('parked', () => handle.phase === 'parked', patience);
        await eventually('kept', async () => (await handle.view()).reason.includes('2 of 2'), patience);
      }
    }
    await host.close();
    return host.owner;
  }

  it.each(cases)('%s, killed at %s', longTest, async (action, point) => {
    const schema = postgres.schema();
    const hostId = `h-${schema}`;
    const start = async () => world.host({ store: await postgres.store(schema), hostId });
    const owner = await prepare(action, start);
    const version = action === 'update' ? '2' : '1';
    const manifest =
      action === 'update'
        ? world.manifest('good', { runtime: { env: [{ name: 'VERSION', value: version }] } })
        : world.manifest('good');
    const folder = kind === 'process' ? world.folder : undefined;
    const { url } = postgres;
    const { ports } = world;
    await program.runUntilKilled({ action, point, manifest, tenant, replicas, url, schema, hostId, ports, folder });

    const before = await listed(owner);
    const host = await start();
    expect(host.owner).toBe(owner);
    if (action === 'remove') {
      await eventually('nothing is wanted', async () => (await host.list()).items.length === 0, patience);
    } else {
      const handle = await onlyDeployment(host);
      if (action === 'park') {
        await eventually('parked', () => handle.phase === 'parked', patience);
        await handle.unpark();
      }
      await handle.ready(readyIn);
      await goodAsNew(handle, version);
      const after = await eventually(
        'as many as wanted',
        async () => {
          const found = await listed(owner);
          return found.length === replicas && found;
        },
        patience,
      );
      expect(after.map(({ ordinal }) => ordinal).sort()).toEqual([0, 1]);
      // What was there is taken over as it is: no second one, no restart.
      if (action !== 'update') expect(namesOf(after)).toEqual(expect.arrayContaining(namesOf(before)));
      if (action !== 'deploy' && action !== 'update') expect(namesOf(before)).toHaveLength(replicas);
      await handle.remove();
      await handle.gone(readyIn);
    }
    expect(await listed(owner)).toEqual([]);
    expect(await world.leftovers(owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
    expect((await host.check()).problems).toEqual([]);
    await host.close();
  });
}

const namesOf = (instances: readonly ObservedInstance[]) => instances.map(({ name }) => name);

async function onlyDeployment(host: Host): Promise<DeploymentHandle> {
  const { items } = await host.list({ tenant });
  expect(items).toHaveLength(1);
  return host.get(items[0]?.record.desired.id ?? '');
}

async function goodAsNew(handle: DeploymentHandle, version: string): Promise<void> {
  expect(await ask(handle.address)).toMatchObject({ mode: 'good', version });
  expect(await handle.incidents()).toEqual([]);
  expect(verifyAuditChain(await handle.audit())).toBeUndefined();
}

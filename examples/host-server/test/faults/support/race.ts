import { type Host, isMoorageError } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { longTest, patience, readyIn } from './patience.js';
import { type TestPostgres, testPostgres } from './postgres.js';
import { type Kind, openWorld, type World } from './world.js';

const tenant = 'customer-1';

/** What may come of a change that met another one. */
const meeting = new Set(['conflict', 'not_found', 'already_exists']);

/** Deploys and deletions of one and the same agent that cross each other. */
export function deployAndDeleteRace(kind: Kind, rounds: number): void {
  let world: World;
  let postgres: TestPostgres | undefined;
  let host: Host;
  beforeAll(async () => {
    world = await openWorld(kind, { portCount: 200 });
    // On Docker the time goes into the engine: PostgreSQL is tried with the others.
    postgres = kind === 'docker' ? undefined : await testPostgres();
    host = await world.host({ store: await postgres?.store() });
  });
  afterAll(async () => {
    await world?.close();
    await postgres?.close();
  });

  it(`${rounds} deploys race ${rounds} deletions: one agent at most, and nothing left`, longTest, async () => {
    const manifest = world.manifest('good');
    const unexpected: unknown[] = [];
    const attempt = (work: Promise<unknown>) =>
      work.catch((error: unknown) => {
        if (!isMoorageError(error) || !meeting.has(error.code)) unexpected.push(error);
      });
    const removeAll = async () => {
      const { items } = await host.list({ tenant });
      // One that is gone already must not leave the others behind: their end is waited for.
      await Promise.all(items.map(({ record }) => attempt(host.get(record.desired.id).then((one) => one.remove()))));
    };
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all([attempt(host.deploy(manifest, { tenant })), attempt(removeAll())]);
    }
    expect(unexpected).toEqual([]);

    const last = await eventually(
      'a deploy that met no deletion',
      () => host.deploy(manifest, { tenant }).catch(() => undefined),
      patience,
    );
    await last.ready(readyIn);
    const items = await eventually(
      'the deleted ones are gone',
      async () => {
        const found = (await host.list({ tenant })).items;
        return found.length === 1 && found;
      },
      patience,
    );
    expect(items.map(({ record, phase, instances }) => [record.desired.id, phase, instances.length])).toEqual([
      [last.id, 'ready', 1],
    ]);
    expect(await world.openPorts()).toEqual([Number(new URL(last.address).port)]);
    expect(await host.incidents()).toEqual([]);

    await last.remove();
    await last.gone(readyIn);
    expect(await world.leftovers(host.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
  });
}

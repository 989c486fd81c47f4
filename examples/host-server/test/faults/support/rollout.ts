import { scheduler } from 'node:timers/promises';
import type { Host } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answerer, ask } from './ask.js';
import { longTest, patience, readyIn } from './patience.js';
import { type Kind, openWorld, type World } from './world.js';

const clients = 4;

/** One request after the other, of several clients at once, until they are told to stop. */
function traffic(address: string) {
  const failures: string[] = [];
  const answers: Answerer[] = [];
  let running = true;
  const client = async () => {
    while (running) {
      await ask(address).then(
        (answer) => answers.push(answer),
        (error: unknown) => failures.push(String(error)),
      );
      await scheduler.wait(2);
    }
  };
  const ended = Promise.all(Array.from({ length: clients }, client));
  return {
    answers,
    failures,
    async stop() {
      running = false;
      await ended;
    },
  };
}

/** Nobody who uses an agent notices that it is replaced. */
export function rolloutUnderTraffic(kind: Kind): void {
  let world: World;
  let host: Host;
  beforeAll(async () => {
    world = await openWorld(kind);
    host = await world.host();
  });
  afterAll(() => world?.close());

  const version = (text: string) => world.manifest('good', { runtime: { env: [{ name: 'VERSION', value: text }] } });

  it('no request fails while an agent is updated and while it is restarted', longTest, async () => {
    const handle = await host.deploy(version('1'), { tenant: 'customer-1', replicas: 2 });
    await handle.ready(readyIn);
    const load = traffic(handle.address);
    try {
      await eventually('traffic', () => load.answers.length > 20, patience);
      await handle.update(version('2'));
      await handle.ready(readyIn);
      await answersOnlyFrom(load.answers, ({ version: answered }) => answered === '2');

      const before = new Set((await handle.view()).instances.map(({ observed }) => observed.name));
      await handle.restart();
      await handle.ready(readyIn);
      // Ready is when the new ones serve; the old ones may still be on their way out.
      await eventually(
        'the old instances are gone',
        async () => (await handle.view()).instances.every(({ observed }) => !before.has(observed.name)),
        patience,
      );
      await answersOnlyFrom(load.answers, ({ version: answered }) => answered === '2');
    } finally {
      await load.stop();
    }
    expect(load.failures).toEqual([]);
    expect(new Set(load.answers.map(({ version: answered }) => answered))).toEqual(new Set(['1', '2']));
    expect(await handle.incidents()).toEqual([]);
    await handle.remove();
    await handle.gone(readyIn);
    expect(await world.leftovers(host.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
  });
}

/** Some more answers come, and all of them are of that kind. */
async function answersOnlyFrom(answers: readonly Answerer[], wanted: (answer: Answerer) => boolean): Promise<void> {
  const from = answers.length + clients;
  await eventually('more traffic', () => answers.length > from + 20, patience);
  expect(answers.slice(from).every(wanted)).toBe(true);
}

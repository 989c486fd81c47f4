import { expect, it } from 'vitest';
import type { HostEvent } from '../model/events.js';
import { virtualWorld } from '../testing/virtual-world.js';

const manifest = { agent_id: 'agent.a', name: 'A', version: '1.0.0', runtime: { image: 'a:1' } };

it('a reader that resumes by cursor gets every event once, in order, from whichever host', async () => {
  const world = virtualWorld();
  const one = await world.host();
  const two = await world.host();
  const read: HostEvent[] = [];
  const readSome = async (count: number) => {
    for await (const event of two.host.events({ after: read.at(-1)?.cursor ?? 'start' })) {
      read.push(event);
      if (read.length % count === 0) return;
    }
  };
  const first = readSome(3);
  const a = await world.settle(one.host.deploy(manifest, { tenant: 't' }));
  await world.settle(a.ready());
  await world.settle(first);
  const second = readSome(5);
  await world.settle(a.scale(3));
  await world.settle(a.ready());
  await world.settle(second);
  for await (const event of two.host.events({ after: read.at(-1)?.cursor ?? '', once: true })) read.push(event);
  const all: HostEvent[] = [];
  for await (const event of one.host.events({ after: 'start', once: true })) all.push(event);
  expect(read.map((event) => event.cursor)).toEqual(all.map((event) => event.cursor));
  expect(new Set(read.map((event) => event.cursor)).size).toBe(read.length);
  await world.settle(one.host.close());
  await world.settle(two.host.close());
});

it('a listener that throws does not hurt the others', async () => {
  const world = virtualWorld();
  const { host } = await world.host();
  const seen: string[] = [];
  host.on('*', () => {
    throw new Error('mine');
  });
  const off = host.on('deployment-created', (event) => seen.push(event.type));
  await world.settle(host.deploy(manifest, { tenant: 't' }));
  await world.clock.advance(2_000);
  expect(seen).toEqual(['deployment-created']);
  off();
  await world.settle(host.deploy(manifest, { tenant: 't', name: 'b' }));
  await world.clock.advance(2_000);
  expect(seen).toHaveLength(1);
  await world.settle(host.close());
});

it('close ends every reader', async () => {
  const world = virtualWorld();
  const { host } = await world.host();
  const reading = (async () => {
    const seen: HostEvent[] = [];
    for await (const event of host.events()) seen.push(event);
    return seen;
  })();
  await world.clock.advance(5_000);
  await world.settle(host.close());
  expect(await reading).toEqual([]);
});

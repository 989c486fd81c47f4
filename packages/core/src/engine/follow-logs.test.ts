import { expect, it } from 'vitest';
import { virtualWorld } from '../testing/virtual-world.js';

const manifest = {
  agent_id: 'agent.a',
  name: 'A',
  version: '1.0.0',
  runtime: { image: 'a:1', probes: { interval_ms: 1000, timeout_ms: 500 } },
};

it('follows over all instances and their successors, and ends with its signal', async () => {
  const world = virtualWorld();
  const { host } = await world.host();
  world.engine.behave('a:1', { lines: ['hello'] });
  const agent = await world.settle(host.deploy(manifest, { tenant: 't', replicas: 2 }));
  await world.settle(agent.ready());
  const abort = new AbortController();
  const lines: string[] = [];
  const following = (async () => {
    for await (const line of agent.logs({ follow: true, signal: abort.signal })) lines.push(line.text);
  })();
  await world.clock.advance(1_000);
  expect(lines).toEqual(['hello', 'hello']);
  const [first] = (await world.settle(agent.view())).instances;
  world.engine.logLine(first?.observed.name ?? '', 'about to go');
  world.engine.kill(first?.observed.name ?? '');
  await world.clock.advance(10_000);
  expect(lines).toEqual(['hello', 'hello', 'about to go', 'hello']);
  abort.abort();
  await world.settle(following);
  await world.settle(host.close());
});

it('reads the last lines over all instances, in order of time', async () => {
  const world = virtualWorld();
  const { host } = await world.host();
  const agent = await world.settle(host.deploy(manifest, { tenant: 't', replicas: 2 }));
  await world.settle(agent.ready());
  const names = (await world.settle(agent.view())).instances.map((one) => one.observed.name);
  for (let index = 0; index < 6; index += 1) {
    world.engine.logLine(names[index % 2] ?? '', `line ${index}`);
    await world.clock.advance(10);
  }
  const read = async (tail?: number) => {
    const lines: string[] = [];
    for await (const line of agent.logs({ tail })) lines.push(line.text);
    return lines;
  };
  expect(await world.settle(read())).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4', 'line 5']);
  expect(await world.settle(read(2))).toEqual(['line 4', 'line 5']);
  expect(await world.settle(read(0))).toEqual([]);
  await expect(world.settle(read(-1))).rejects.toMatchObject({ code: 'invalid_argument' });
  await world.settle(host.close());
});

import { PassThrough } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import type { EngineClient } from './engine-client.js';
import { label } from './labels.js';
import { watchEvents } from './watch-events.js';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** An engine whose events the test writes, and whose inspections the test answers. */
function engine() {
  const events = new PassThrough();
  const inspections = new Map<string, (answer: 'there' | 'gone') => void>();
  const client: EngineClient = {
    address: 'test',
    json: <T>({ path }: { readonly path: string }) =>
      new Promise<T>((resolve, reject) => {
        inspections.set(path, (answer) =>
          answer === 'there' ? resolve({} as T) : reject(new Error('no such container')),
        );
      }),
    stream: async () => events,
  };
  const send = (Action: string, deployment: string) => {
    const Actor = { ID: `id-of-${deployment}`, Attributes: { [label.deployment]: deployment } };
    events.write(`${JSON.stringify({ Action, Actor })}\n`);
  };
  const answer = (deployment: string, how: 'there' | 'gone') =>
    inspections.get(`/containers/id-of-${deployment}/json`)?.(how);
  return { client, send, answer };
}

function watching(client: EngineClient, hint: (id: string) => void) {
  const stop = watchEvents(client, 'owner', hint);
  stops.push(stop);
  return stop;
}

const macrotask = () => new Promise((resolve) => setImmediate(resolve));

async function until(met: () => boolean): Promise<void> {
  for (let rounds = 0; !met() && rounds < 1_000; rounds += 1) await macrotask();
}

it('hints at an end only when the engine has written it down, and goes on meanwhile', async () => {
  const { client, send, answer } = engine();
  const hints: string[] = [];
  watching(client, (id) => hints.push(id));
  send('die', 'ended');
  send('die', 'removed');
  send('start', 'begun');
  await until(() => hints.length > 0);
  expect(hints).toEqual(['begun']);
  answer('ended', 'there');
  answer('removed', 'gone');
  await until(() => hints.length === 3);
  expect(hints.sort()).toEqual(['begun', 'ended', 'removed']);
});

it('is silent once it was ended, also about what it waited for', async () => {
  const { client, send, answer } = engine();
  const hints: string[] = [];
  const stop = watching(client, (id) => hints.push(id));
  send('die', 'ended');
  send('start', 'begun');
  await until(() => hints.length > 0);
  stop();
  answer('ended', 'there');
  for (let rounds = 0; rounds < 10; rounds += 1) await macrotask();
  expect(hints).toEqual(['begun']);
});

it('survives a listener that throws', async () => {
  const { client, send } = engine();
  const hints: string[] = [];
  watching(client, (id) => {
    hints.push(id);
    throw new Error('a fault of the listener');
  });
  send('start', 'one');
  send('start', 'two');
  await until(() => hints.length === 2);
  expect(hints).toEqual(['one', 'two']);
});

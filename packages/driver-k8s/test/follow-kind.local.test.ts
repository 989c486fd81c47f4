import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually } from '@moorage/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type FollowTimes, followKind } from '../src/follow-kind.js';
import { type FakeApiServer, fakeApiServer } from './fake-api-server.js';

/** Long enough that only a case about silence sees them. */
const patient: FollowTimes = { idleMs: 60_000, answerMs: 30_000, minWaitMs: 5, maxWaitMs: 20 };

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

interface Followed {
  readonly server: FakeApiServer;
  names(): readonly string[];
  error(): unknown;
  /** Every error that was told. */
  readonly errors: readonly unknown[];
  /** The first object that was listed, for as long as anybody holds it. */
  listed(): object | undefined;
  until(what: string, ...names: readonly string[]): Promise<void>;
}

async function follow(times: FollowTimes = patient): Promise<Followed> {
  const server = await fakeApiServer();
  const stop = new AbortController();
  const seen = new Set<string>();
  const errors: unknown[] = [];
  let listed: WeakRef<object> | undefined;
  let error: unknown = 'not yet';
  const following = followKind(
    server.client,
    { kind: 'Pod', namespace: undefined, selector: 'moorage.owner=o' },
    {
      replaced(objects) {
        seen.clear();
        for (const { metadata } of objects) seen.add(metadata.name);
        listed = objects[0] && new WeakRef(objects[0]);
      },
      changed: ({ metadata }) => void seen.add(metadata.name),
      removed: ({ metadata }) => void seen.delete(metadata.name),
      heard: () => {},
      health(told) {
        error = told;
        if (told !== undefined) errors.push(told);
      },
    },
    times,
    stop.signal,
  );
  endings.push(async () => {
    stop.abort();
    server.wake();
    await following;
    await server.close();
  });
  const names = () => [...seen].sort();
  return {
    server,
    names,
    error: () => error,
    errors,
    listed: () => listed?.deref(),
    until: async (what, ...wanted) => {
      await eventually(what, () => error === undefined && names().join() === wanted.join());
    },
  };
}

describe('followKind', () => {
  it('lets go of what it has listed: it may be thousands of objects, and the watch goes on for ever', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { server, until, listed } = await follow();
    server.put('a');
    await until('the first', 'a');
    server.put('b');
    server.forget();
    server.endWatches('cut');
    await until('that it was listed anew', 'a', 'b');
    await eventually('what was listed is let go of', () => {
      collect();
      return server.lists > 1 && listed() === undefined;
    });
    server.put('c');
    await until('that it is followed', 'a', 'b', 'c');
  });

  it('lists once, and hears of every change from there', async () => {
    const { server, until } = await follow();
    server.put('a');
    await until('the first', 'a');
    server.put('b');
    await until('another one', 'a', 'b');
    server.remove('a');
    await until('that one is gone', 'b');
    expect(server.lists).toBe(1);
  });

  it.each(['end', 'cut'] as const)(
    'goes on where it was when its connections %s, without another list',
    async (how) => {
      const { server, until } = await follow();
      server.put('a');
      await until('the first', 'a');
      for (const name of ['b', 'c', 'd']) {
        const before = server.watches;
        server.endWatches(how);
        server.remove('a');
        server.put(name);
        await eventually('it asks again', () => server.watches > before);
      }
      await until('what happened meanwhile', 'b', 'c', 'd');
      expect(server.lists).toBe(1);
    },
  );

  it('lists anew when where it was is too long ago, and misses no end', async () => {
    const { server, until, errors } = await follow();
    server.put('a');
    await until('the first', 'a');
    server.remove('a');
    server.put('b');
    server.forget();
    server.endWatches('cut');
    await until('what is there now', 'b');
    server.put('c');
    await until('that it is followed again', 'b', 'c');
    for (const error of errors) expect(error).not.toMatchObject({ status: 410 });
  });

  it('gives a silent connection up, and goes on where it was', async () => {
    const { server, until } = await follow({ ...patient, idleMs: 200 });
    server.put('a');
    await until('the first', 'a');
    server.deafen();
    server.remove('a');
    server.put('b');
    await until('what the silence hid', 'b');
    expect(server.lists).toBe(1);
  });

  it('tells of a server that does not answer, and of its coming back', async () => {
    const { server, until, error } = await follow({ ...patient, idleMs: 200, answerMs: 200 });
    server.put('a');
    await until('the first', 'a');
    server.sleep();
    await eventually('it says so', () => (error() as { code?: string } | undefined)?.code === 'ETIMEDOUT');
    server.put('b');
    server.wake();
    await until('what is there now', 'a', 'b');
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shardOf } from '@moorage/core/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postgresStore } from '../src/index.js';
import { newDeployment } from './deployment.js';
import { until } from './scratch.js';
import { type StoreRig, storeRig } from './store-rig.js';

let rig: StoreRig;
let store: StoreRig['store'];
let client: StoreRig['client'];

beforeAll(async () => {
  rig = await storeRig();
  ({ store, client } = rig);
  await client.query(`alter system set log_line_prefix = '[%a] '`);
  await client.query(`alter system set log_statement = 'all'`);
  await client.query('select pg_reload_conf()');
});
afterAll(() => rig?.close());

/** Statements of the store so far, transaction control and all, as the server has counted them. */
async function statements(): Promise<number> {
  const mark = `mark ${Math.random()}`;
  await client.query(`select '${mark}'`);
  const log = await until('the server has written it down', async () => {
    const text = await readFile(join(rig.folder, 'server.log'), 'utf8');
    return text.includes(mark) && text;
  });
  return log.match(/\[moorage\] LOG: {2}(statement|execute)/g)?.length ?? 0;
}

it('changes a status with two statements, and so drops a deployment', async () => {
  const made = await store.commit(newDeployment('d-1'));
  const [fence] = await store.acquireLeases('host-a', [shardOf('d-1')], 60_000);
  const status = made.record && { ...made.record.status, phase: 'ready' as const, reason: 'Ready' };
  const events = newDeployment('d-1').events;
  const audit = newDeployment('d-1').audit;
  await until('the server logs what comes', async () => {
    const before = await statements();
    await store.read('d-1');
    return (await statements()) > before;
  });
  const before = await statements();
  await store.commit({ deploymentId: 'd-1', expectedRevision: 1, fence, status, events, audit });
  const between = await statements();
  expect(between - before).toBe(2);
  await store.commit({ deploymentId: 'd-1', expectedRevision: 2, fence, drop: true, events, audit });
  expect((await statements()) - between).toBe(2);
  expect(await store.read('d-1')).toBeUndefined();
});

it('tells of a lost race or right, and writes nothing then', async () => {
  const made = await store.commit(newDeployment('d-2'));
  const [fence] = await store.acquireLeases('host-a', [shardOf('d-2')], 60_000);
  if (fence === undefined) throw new Error('no lease');
  const { events, audit } = newDeployment('d-2');
  const change = { deploymentId: 'd-2', expectedRevision: 1, fence, status: made.record?.status, events, audit };
  const latest = await store.latestCursor();
  for (const wrong of [{ expectedRevision: 7 }, { fence: { ...fence, token: fence.token + 1 } }]) {
    await expect(store.commit({ ...change, ...wrong })).rejects.toMatchObject({ code: 'conflict' });
  }
  expect(await store.latestCursor()).toBe(latest);
  expect(await store.audit('d-2')).toHaveLength(1);
  const both = await Promise.allSettled([store.commit(change), store.commit(change)]);
  expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await store.read('d-2'))?.revision).toBe(2);
  expect(await store.audit('d-2')).toHaveLength(2);
});

it('does not tell a host of its own commits once more when it looks for those of others', async () => {
  const other = await postgresStore({ url: rig.server.url });
  const heard: string[] = [];
  store.watch((id) => heard.push(id));
  await until('it listens', async () => {
    await other.commit(newDeployment(`d-of-others-${heard.length}-${Math.random()}`));
    return heard.length > 0;
  });
  await store.commit(newDeployment('d-own'));
  // After the next look by the clock.
  await store.read('d-own');
  await until('it has looked', async () => {
    const log = await readFile(join(rig.folder, 'server.log'), 'utf8');
    return (log.slice(log.lastIndexOf('d-own')).match(/read-newer-events/g)?.length ?? 0) >= 1;
  });
  expect(heard.filter((id) => id === 'd-own')).toHaveLength(1);
  await other.close();
});

it('tells the revision of every deployment of the shards that are asked for', async () => {
  const { items } = await store.list({}, { limit: 1_000 });
  const shards = [...new Set(items.map(({ desired }) => shardOf(desired.id)))];
  const all = await store.revisions?.(shards);
  expect(all).toEqual(new Map(items.map(({ desired, revision }) => [desired.id, revision])));
  expect(await store.revisions?.([])).toEqual(new Map());
});

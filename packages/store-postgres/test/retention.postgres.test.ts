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
});
afterAll(() => rig?.close());

const hour = 3_600_000;
const keepAnHour = {
  healthChecksMs: hour,
  eventsMs: hour,
  incidentsMs: hour,
  usageMs: hour,
  idempotencyMs: hour,
};
const old = 100_000;

const count = async (table: string) => Number((await client.query(`select count(*) from ${table}`)).rows[0].count);

/** So many checks and events of yesterday, before everything of today. */
async function fill(): Promise<void> {
  await client.query(`
    insert into moorage_health_checks (deployment_id, instance, status, response_time, checked_at)
    select 'd-old', 'i', 'ok', 1, now() - interval '1 day' from generate_series(1, ${old})`);
  await client.query(`
    with counter as (update moorage_sequence set events = events + ${old} returning events)
    insert into moorage_events (sequence, deployment_id, tenant, at, event)
    select n, 'd-old', 't', extract(epoch from now())::float8 * 1000 - ${24 * hour}, '{}'
    from counter, generate_series(counter.events - ${old} + 1, counter.events) n`);
}

it('lets hosts write, read and keep their leases while very much is deleted', async () => {
  await fill();
  let pruning = true;
  const pruned = store.prune(keepAnHour).finally(() => {
    pruning = false;
  });
  const lefts: number[] = [];
  let commits = 0;
  while (pruning) {
    await store.commit(newDeployment(`d-${commits}`));
    await store.addHealthChecks([
      {
        deploymentId: `d-${commits}`,
        instance: 'i',
        status: 'ok',
        responseTimeMs: 1,
        load: undefined,
        errorMessage: undefined,
        checkedAt: Date.now(),
      },
    ]);
    expect(await store.acquireLeases('host-a', [1, 2, 3], 60_000)).toHaveLength(3);
    expect((await store.events({ limit: 1 })).items).toHaveLength(1);
    lefts.push(await count('moorage_health_checks'));
    commits += 1;
  }
  await pruned;
  // It did go on beside them, and others could see how far it was: no long transaction, and none that waited for it.
  expect(lefts.filter((left) => left > commits && left < old).length).toBeGreaterThan(1);
  expect(await count('moorage_health_checks')).toBe(commits);
  expect(await count('moorage_events')).toBe(commits);
  // Who read up to something that is gone is told so; who begins anew misses nothing of what is kept.
  const first = await store.events({ limit: 1 });
  expect(first.items[0]?.deploymentId).toBe('d-0');
});

it('goes on where it was when a host ends in the middle of it', async () => {
  await fill();
  const doomed = await postgresStore({ url: rig.server.url, poolSize: 2 });
  const ended = doomed.prune(keepAnHour).catch((thrown: unknown) => thrown);
  await until(
    'a part is deleted',
    async () => (await count(`moorage_health_checks where deployment_id = 'd-old'`)) < old,
  );
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'moorage' and pid <> pg_backend_pid() and query like '%delete from%'`,
  );
  await doomed.close();
  await ended;
  await store.prune(keepAnHour);
  expect(await count(`moorage_health_checks where deployment_id = 'd-old'`)).toBe(0);
});

it('finds what is old in an index, however much is kept', async () => {
  await client.query(`
    insert into moorage_health_checks (deployment_id, instance, status, response_time, checked_at)
    select 'd-new', 'i', 'ok', 1, now() from generate_series(1, 20000)`);
  await client.query('analyze moorage_health_checks');
  const { rows } = await client.query(
    `explain select ctid from moorage_health_checks where checked_at < now() - make_interval(secs => 3600) limit 1000`,
  );
  expect(JSON.stringify(rows)).toContain('moorage_health_checks_at');
});

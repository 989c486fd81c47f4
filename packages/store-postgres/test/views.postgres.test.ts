import { shardOf } from '@moorage/core/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newDeployment } from './deployment.js';
import { type StoreRig, storeRig } from './store-rig.js';

let rig: StoreRig;
let store: StoreRig['store'];
let client: StoreRig['client'];

beforeAll(async () => {
  rig = await storeRig();
  ({ store, client } = rig);
});
afterAll(() => rig?.close());

const columnsOf = async (view: string) =>
  (await client.query(`select * from ${view}`)).fields.map((field) => field.name);

it('has the names and columns of the specification', async () => {
  expect(await columnsOf('containers')).toEqual([
    'id',
    'container_id',
    'agent_id',
    'customer_id',
    'image',
    'address',
    'health_url',
    'status',
    'health',
    'cpu_usage',
    'memory_usage',
    'disk_usage',
    'load',
    'uptime',
    'created_at',
    'updated_at',
  ]);
  expect(await columnsOf('health_checks')).toEqual([
    'container_id',
    'status',
    'response_time',
    'load',
    'error_message',
    'checked_at',
  ]);
  expect(await columnsOf('scaling_events')).toEqual([
    'agent_id',
    'customer_id',
    'action',
    'from_instances',
    'to_instances',
    'reason',
    'created_at',
  ]);
});

const id = 'd-view';
const row = async () => (await client.query('select * from containers where container_id = $1', [id])).rows[0];

it('shows a deployment with its state and its last load', async () => {
  const created = await store.commit(newDeployment(id));
  expect(await row()).toMatchObject({
    agent_id: 'agent.sample',
    customer_id: 't',
    image: 'sample:1',
    status: 'running',
    health: null,
    address: null,
    load: null,
  });
  const [fence] = await store.acquireLeases('host-a', [shardOf(id)], 60_000);
  const status = { ...(created.record?.status ?? fail()), phase: 'failed' as const };
  await store.commit({ deploymentId: id, expectedRevision: 1, status, fence, events: [], audit: [] });
  const check = {
    deploymentId: id,
    instance: 'i',
    status: 'ok',
    responseTimeMs: 2.5,
    errorMessage: undefined,
  } as const;
  await store.addHealthChecks([
    { ...check, load: 0.25, checkedAt: 1_700_000_000_123 },
    { ...check, load: 0.75, checkedAt: 1_700_000_000_456 },
  ]);
  expect(await row()).toMatchObject({ status: 'error', health: 'unhealthy', load: 0.75 });
});

it('shows what a host told of a deployment, and nothing of one that is gone', async () => {
  await store.recordLive([
    {
      deploymentId: id,
      address: 'http://127.0.0.1:42000',
      healthUrl: 'http://127.0.0.1:42000/health',
      health: 'degraded',
      cpuPercent: 12.5,
      memoryMegabytes: 64,
      diskMegabytes: undefined,
      load: undefined,
      uptimeSeconds: 5,
    },
    { ...nobody, deploymentId: 'd-nobody' },
  ]);
  expect(await row()).toMatchObject({
    address: 'http://127.0.0.1:42000',
    health: 'degraded',
    cpu_usage: 12.5,
    memory_usage: 64,
    disk_usage: null,
    load: 0.75,
    uptime: expect.closeTo(5, -2),
  });
  expect((await client.query('select * from containers')).rowCount).toBe(1);
});

it('shows health checks and scaling events with their times', async () => {
  const [first] = (await client.query('select * from health_checks where container_id = $1 order by checked_at', [id]))
    .rows;
  expect(first).toEqual({
    container_id: id,
    status: 'ok',
    response_time: 2.5,
    load: 0.25,
    error_message: null,
    checked_at: new Date(1_700_000_000_123),
  });
  const scaled = {
    deploymentId: 'd-scaled',
    tenant: 't',
    agentId: 'agent.sample',
    action: 'scale_up',
    fromInstances: 1,
    toInstances: 3,
    reason: 'load',
    createdAt: 1_700_000_000_123,
  } as const;
  await store.commit({ ...newDeployment('d-scaled'), scaling: [scaled] });
  expect((await client.query('select * from scaling_events')).rows).toEqual([
    {
      agent_id: 'agent.sample',
      customer_id: 't',
      action: 'scale_up',
      from_instances: 1,
      to_instances: 3,
      reason: 'load',
      created_at: new Date(1_700_000_000_123),
    },
  ]);
});

const nobody = {
  address: undefined,
  healthUrl: undefined,
  health: undefined,
  cpuPercent: undefined,
  memoryMegabytes: undefined,
  diskMegabytes: undefined,
  load: undefined,
  uptimeSeconds: undefined,
};

function fail(): never {
  throw new Error('there is no record');
}

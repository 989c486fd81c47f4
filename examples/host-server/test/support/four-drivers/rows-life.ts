import type { ContainerRecord, InstanceRecord } from '@moorage/protocol';
import { plain } from './plain.js';
import type { Row } from './rows.js';
import { agentId, customer, type Walk } from './walk.js';

const env = [
  { name: 'PLAIN', value: 'one' },
  { name: 'HIDDEN', value: 'swordfish', secret: true },
  { name: 'LINES', value: '2' },
];

const told = {
  container_id: '<id>',
  agent_id: agentId('main'),
  customer_id: customer,
  name: agentId('main'),
  address: '<place>',
  health_url: '<place>',
  status: 'running',
  phase: 'ready',
  reason: '1 of 1 instances are ready',
  health: 'healthy',
  load: '<figure>',
  uptime: '<figure>',
  replicas: 1,
  ready_instances: 1,
  created_at: '<time>',
  updated_at: '<time>',
};

/**
 * The image is told by its name, which is another on each engine; a program has none. A probe that was late on a busy
 * machine makes the agent degraded for that moment: what is compared is the health that it comes to.
 */
async function record(walk: Walk, value: ContainerRecord) {
  const { health } = await walk.until('main', 'is healthy', (seen) => seen.health === 'healthy');
  const { image: _image, ...rest } = plain({ ...value, health }) as Record<string, unknown>;
  return { container: rest };
}

async function change(walk: Walk, action: string, body: object = {}) {
  const path = `/v1/containers/${await walk.id('main')}/${action}`;
  const { status, data, error } = await walk.api<ContainerRecord>('POST', path, { wait_ms: 150_000, ...body });
  return { status, phase: data?.phase, told: data?.status, code: error?.code };
}

/** How many of the instances that were there are there afterwards. */
async function keptBy(walk: Walk, does: () => Promise<unknown>) {
  const before = (await walk.instances('main')).map(({ instance_id }) => instance_id);
  const answer = await does();
  const after = await walk.untilInstances('main', 1);
  return { answer, kept: after.filter((one) => before.includes(one.instance_id)).length };
}

const describeInstance = ({ state, health, exit_code, signal, oom, agent_id, customer_id }: InstanceRecord) => ({
  ...{ state, health, exit_code, signal, oom, agent_id, customer_id },
});

interface Scaled {
  readonly from: number;
  readonly to: number;
}

const running = {
  state: 'running',
  health: 'healthy',
  exit_code: null,
  signal: null,
  oom: false,
  agent_id: agentId('main'),
  customer_id: customer,
};

/** The life of one agent, from its deployment to its last version. */
export const lifeRows: readonly Row[] = [
  {
    what: 'deploys and waits for health',
    does: async (walk) => {
      const { status, data } = await walk.deploy('main', { env });
      return { status, ...(await record(walk, data)) };
    },
    expected: { status: 201, container: { ...told, created: true, warnings: [] } },
  },
  {
    what: 'takes the same request again for the same agent',
    does: async (walk) => {
      const { status, data } = await walk.deploy('main', { env });
      return { status, same: data.container_id === (await walk.id('main')), ...(await record(walk, data)) };
    },
    expected: { status: 200, same: true, container: { ...told, created: false, warnings: [] } },
  },
  {
    what: 'refuses another manifest under the same name',
    does: async (walk) => {
      const { status, error } = await walk.deploy('main', { env: [] });
      return { status, code: error?.code };
    },
    expected: { status: 409, code: 'already_exists' },
  },
  {
    what: 'lists it',
    does: async (walk) => {
      const { status, data } = await walk.api<{ containers: ContainerRecord[]; next: null }>('GET', '/v1/containers');
      const containers = await Promise.all(data.containers.map((one) => record(walk, one)));
      return { status, containers, next: data.next };
    },
    expected: { status: 200, containers: [{ container: told }], next: null },
  },
  {
    what: 'tells it alone',
    does: async (walk) => {
      const { status, data } = await walk.api<ContainerRecord>('GET', `/v1/containers/${await walk.id('main')}`);
      return { status, ...(await record(walk, data)) };
    },
    expected: { status: 200, container: told },
  },
  {
    what: 'tells where it is',
    does: async ({ api }) => {
      const path = `/v1/addresses?customer_id=${customer}&agent_id=${agentId('main')}`;
      const { status, data } = await api('GET', path);
      return { status, data: plain(data) };
    },
    expected: {
      status: 200,
      data: {
        ...{ container_id: '<id>', agent_id: agentId('main'), customer_id: customer },
        ...{ address: '<place>', ip: '<place>', port: '<figure>', health_url: '<place>' },
        ...{ health: 'healthy', capabilities: ['main-work'] },
      },
    },
  },
  {
    what: 'finds it by its capability',
    does: async ({ api }) => plain((await api('GET', '/v1/discover?capability=main-work')).data),
    expected: {
      agents: [
        {
          ...{ container_id: '<id>', agent_id: agentId('main'), customer_id: customer, name: 'main' },
          ...{ version: '1.0.0', description: null, capabilities: ['main-work'] },
          ...{ address: '<place>', health_url: '<place>', health: 'healthy' },
        },
      ],
    },
  },
  {
    what: 'gives the agent its variables, secret ones too',
    does: async ({ ask }) => [await ask('main', '/env?name=PLAIN'), await ask('main', '/env?name=HIDDEN')],
    expected: ['"one"', '"swordfish"'],
  },
  {
    what: 'lists its one instance',
    does: async (walk) => (await walk.instances('main')).map(describeInstance),
    expected: [running],
  },
  {
    what: 'scales it to 2',
    does: async ({ api, record: now, untilInstances }) => {
      const path = `/v1/agents/${agentId('main')}/scale`;
      const { status, data } = await api<Scaled>('POST', path, {
        ...{ customer_id: customer, instances: 2, reason: 'more work', wait_ms: 150_000 },
      });
      const instances = (await untilInstances('main', 2)).map(describeInstance);
      return { status, from: data.from, to: data.to, reason: (await now('main')).reason, instances };
    },
    expected: { status: 200, from: 1, to: 2, reason: '2 of 2 instances are ready', instances: [running, running] },
  },
  {
    what: 'scales it back to 1',
    does: async (walk) => {
      const body = { customer_id: customer, instances: 1 };
      const { status, data } = await walk.api<Scaled>('POST', `/v1/agents/${agentId('main')}/scale`, body);
      await walk.untilInstances('main', 1);
      const ready = await walk.until('main', 'is ready', ({ phase }) => phase === 'ready');
      return { status, from: data.from, to: data.to, ...(await record(walk, ready)) };
    },
    expected: { status: 200, from: 2, to: 1, container: told },
  },
  {
    what: 'restarts it: another instance, the same address',
    does: async (walk) => {
      const before = walk.engine.steady && (await walk.record('main')).address;
      const seen = await keptBy(walk, () => change(walk, 'restart'));
      const after = walk.engine.steady && (await walk.record('main')).address;
      return { ...seen, sameAddress: before === after };
    },
    expected: {
      answer: { status: 200, phase: 'ready', told: 'running', code: undefined },
      kept: 0,
      sameAddress: true,
    },
  },
  {
    what: 'rolls another version out',
    does: async (walk) => {
      const manifest = walk.manifest('main', { env: [{ name: 'PLAIN', value: 'two' }] }, '2.0.0');
      const { status, data } = await walk.api<ContainerRecord>('PUT', `/v1/containers/${await walk.id('main')}`, {
        ...{ manifest, wait_ms: 150_000 },
      });
      return { status, ...(await record(walk, data)), plain: await walk.ask('main', '/env?name=PLAIN') };
    },
    expected: { status: 200, container: { ...told, created: false, warnings: [] }, plain: '"two"' },
  },
  {
    what: 'goes back from a version that does not become ready',
    does: async (walk) => {
      const runtime = { env: [{ name: 'EXIT_CODE', value: '7' }], rollout_deadline_ms: 20_000 };
      const manifest = walk.manifest('main', runtime, '3.0.0');
      const path = `/v1/containers/${await walk.id('main')}`;
      const { status } = await walk.api('PUT', path, { manifest, wait_ms: 0 });
      const now = await walk.until(
        'main',
        'is rolled back',
        (seen) => seen.phase === 'degraded' && /^Rolled back/.test(seen.reason),
      );
      const { phase, ready_instances: ready } = now;
      const why = /exit code 7/.exec(now.reason)?.[0] ?? now.reason;
      return { status, phase, why, ready, plain: await walk.ask('main', '/env?name=PLAIN') };
    },
    expected: { status: 202, phase: 'degraded', why: 'exit code 7', ready: 1, plain: '"two"' },
  },
  {
    what: 'takes a good version after that',
    does: async (walk) => {
      const manifest = walk.manifest('main', { env: [{ name: 'LINES', value: '2' }] }, '4.0.0');
      const path = `/v1/containers/${await walk.id('main')}`;
      const { status, data } = await walk.api<ContainerRecord>('PUT', path, { manifest, wait_ms: 150_000 });
      return { status, ...(await record(walk, data)) };
    },
    expected: { status: 200, container: { ...told, created: false, warnings: [] } },
  },
];

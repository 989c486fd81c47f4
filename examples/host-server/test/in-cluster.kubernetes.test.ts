import { randomBytes } from 'node:crypto';
import { eventually } from '@moorage/core/testing';
import { calculatorManifest } from '@moorage/example-agents/manifests';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longTest, patience } from './faults/support/patience.js';
import { askFrom, type ClusterCaller, clusterCaller } from './support/cluster-caller.js';
import { leftOnCluster } from './support/four-drivers/left-on-cluster.js';
import { type HostImage, hostImage } from './support/host-image.js';
import { kubectl } from './support/kubectl.js';
import { nodeDatabase } from './support/node-database.js';
import { type ShippedManifests, shippedManifests } from './support/shipped-manifests.js';

const token = randomBytes(24).toString('hex');
const host = 'http://moorage-host.moorage-system';
const pod = ['-n', 'moorage-system', 'deploy/moorage-host'];
const customer = 'customer-in-cluster';
const label = 'app.kubernetes.io/name=moorage-host';

interface Container {
  readonly container_id: string;
  readonly address: string;
  readonly customer_id: string;
  readonly phase: string;
  readonly health: string;
}

/** What does not change from one moment to the next. */
const toldByAny = ({ container_id, address, phase, health }: Container) => ({ container_id, address, phase, health });

const rolledOut = () => kubectl(['-n', 'moorage-system', 'rollout', 'status', 'deploy/moorage-host', '--timeout=150s']);

let image: HostImage;
let name: string;
beforeAll(async () => {
  image = await hostImage();
  name = `${image.repository}:${image.tag}`;
}, 300_000);

describe.each([
  ['a namespace for each customer', '.'],
  ['one namespace for all', 'one-namespace'],
])('the host server as a pod, with the shipped role and %s', (_what, base) => {
  let database: Awaited<ReturnType<typeof nodeDatabase>>;
  let manifests: ShippedManifests;
  let client: ClusterCaller;
  let stranger: ClusterCaller;

  beforeAll(async () => {
    database = await nodeDatabase();
    const secrets = {
      DATABASE_URL: database.url,
      MOORAGE_TOKEN: token,
      MOORAGE_SECRETS_KEY: randomBytes(32).toString('hex'),
    };
    manifests = await shippedManifests({ base, image, secrets });
    await manifests.apply();
    const unique = randomBytes(4).toString('hex');
    [client, stranger] = await Promise.all([
      clusterCaller(`moorage-client-${unique}`, name, { 'moorage.clients': 'true' }),
      clusterCaller(`moorage-stranger-${unique}`, name, {}),
    ]);
  }, 300_000);
  afterAll(async () => {
    await client?.close();
    await stranger?.close();
    await manifests?.remove();
    await database?.close();
  }, 300_000);

  const api = async <T>(method: string, path: string, body?: object): Promise<{ status: number; data: T }> => {
    const answer = await client.ask(method, `${host}${path}`, { token, ...(body ? { body } : {}) });
    return { status: answer.status, data: (JSON.parse(answer.body) as { data: T }).data };
  };
  const containers = async () => (await api<{ containers: Container[] }>('GET', '/v1/containers')).data.containers;
  const ownerOf = (id: string) => {
    const path = '{.items[0].metadata.labels.moorage\\.owner}';
    return kubectl(['get', 'pods', '-A', '-l', `moorage.deployment=${id}`, '-o', `jsonpath=${path}`]);
  };

  /** Names of the pods that are not on their way out. */
  const hosts = async () => {
    const said = await kubectl(['-n', 'moorage-system', 'get', 'pods', '-l', label, '-o', 'json']);
    const { items } = JSON.parse(said) as { items: { metadata: { name: string; deletionTimestamp?: string } }[] };
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name);
  };

  it('becomes ready, both of it, and each says so in its log', longTest, async () => {
    await rolledOut();
    const names = await hosts();
    expect(names).toHaveLength(2);
    for (const one of names) {
      const words = await eventually(
        `the last line of ${one}`,
        async () => {
          const said = await kubectl(['-n', 'moorage-system', 'logs', one]);
          return /Moorage is ready/.test(said) && said;
        },
        patience,
      );
      expect(words).toContain('Kubernetes v1.');
    }
  });

  it('does the main job through its Service: 5 + 3 = 8 at the agent’s own address', longTest, async () => {
    const manifest = calculatorManifest({ image: name, command: ['node', '/agent/calculator.mjs'] });
    const { status, data } = await api<Container>('POST', '/v1/containers', { customer_id: customer, manifest });
    expect(status).toBe(201);
    expect(data.address).toMatch(/^http:\/\/moor-[\w-]+\.[\w-]+\.svc:8080$/);
    const body = { action: 'calculate', params: { a: 5, b: 3, op: '+' } };
    const answer = await askFrom(pod, 'POST', `${data.address}/actions`, { body });
    expect(JSON.parse(answer.body)).toMatchObject({ result: 8 });
  });

  it('takes what its agents report as usage, and lets them reach nothing else of it', longTest, async () => {
    const path = `/v1/usage?customer_id=${customer}`;
    const [event] = await eventually(
      'a usage event',
      async () => {
        const { data } = await api<{ usage: { action: string; container_id: string }[] }>('GET', path);
        return data.usage.length > 0 && data.usage;
      },
      patience,
    );
    expect(event).toMatchObject({ agent_id: 'agent.calculator.calculation', action: 'calculate' });
    const [found] = (await containers()).filter(({ customer_id }) => customer_id === customer);
    const [deployment = '', namespace = ''] = new URL(found?.address ?? '').hostname.split('.');
    const agent = ['-n', namespace, `deploy/${deployment}`];
    expect((await askFrom(agent, 'GET', `${host}:3001/v1/containers`, { token })).status).toBe(404);
    expect((await askFrom(agent, 'GET', `${host}/v1/containers`, { token, timeoutMs: 3_000 })).status).toBe(0);
  });

  it('is reached by those only who may, and with the token only', longTest, async () => {
    expect((await client.ask('GET', `${host}/v1/containers`)).status).toBe(401);
    const timeout = stranger.ask('GET', `${host}/v1/containers`, { token });
    expect((await timeout).status).toBe(0);
  });

  it('tells the same from each of the two', longTest, async () => {
    const answers: string[] = [];
    for (const one of await hosts()) {
      const ip = await kubectl(['-n', 'moorage-system', 'get', 'pod', one, '-o', 'jsonpath={.status.podIP}']);
      const { status, body } = await client.ask('GET', `http://${ip}:3000/v1/containers`, { token });
      expect(status).toBe(200);
      const { data } = JSON.parse(body) as { data: { containers: Container[] } };
      answers.push(JSON.stringify(data.containers.map(toldByAny)));
    }
    expect(answers).toHaveLength(2);
    expect(answers[0]).toContain('"health":"healthy"');
    expect(answers[0]).toBe(answers[1]);
  });

  it('answers every call while one of the two is killed, and a new one takes its place', longTest, async () => {
    const [first = ''] = await hosts();
    await kubectl(['-n', 'moorage-system', 'delete', 'pod', first, '--grace-period=0', '--force', '--wait=false']);
    const manifest = calculatorManifest({ image: name, command: ['node', '/agent/calculator.mjs'] });
    const beside = { ...manifest, agent_id: `${manifest.agent_id}-beside` };
    const body = { customer_id: customer, manifest: beside };
    // A connection to the one that was killed may end in the middle: what a client asks again is done once.
    const deployed = await eventually(
      'it is deployed',
      async () => {
        const answer = await client.ask('POST', `${host}/v1/containers`, { token, body });
        return answer.status >= 200 && answer.status < 300 && answer;
      },
      patience,
    );
    const { data } = JSON.parse(deployed.body) as { data: Container };
    await rolledOut();
    expect(await hosts()).not.toContain(first);
    const ids = (await containers()).map(({ container_id }) => container_id);
    expect(ids.filter((id) => id === data.container_id)).toHaveLength(1);
    expect((await api<object>('DELETE', `/v1/containers/${data.container_id}?wait_ms=150000`)).status).toBe(200);
  });

  it('goes on where it was when its pods are replaced', longTest, async () => {
    const before = await containers();
    await kubectl(['-n', 'moorage-system', 'rollout', 'restart', 'deploy/moorage-host']);
    await rolledOut();
    const after = await eventually(
      'both agents are told',
      async () => {
        const found = await containers();
        return found.length === 2 && found;
      },
      patience,
    );
    expect(after.map(({ container_id }) => container_id)).toEqual(before.map(({ container_id }) => container_id));
  });

  it('takes its agents down, and leaves nothing of them', longTest, async () => {
    const found = await containers();
    const owner = await ownerOf(found[0]?.container_id ?? '');
    expect(owner).not.toBe('');
    for (const { container_id } of found) {
      const { data } = await api<object>('DELETE', `/v1/containers/${container_id}?wait_ms=150000`);
      expect(data).toEqual({ container_id, deleted: true });
    }
    await eventually('nothing is left', async () => (await leftOnCluster(owner)).length === 0, patience);
  });
});

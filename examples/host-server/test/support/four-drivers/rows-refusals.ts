import type { DriverCapabilities } from '@moorage/core';
import type { ManifestRuntime } from '@moorage/protocol';
import type { Row } from './rows.js';
import { agentId, customer, quota, type Walk } from './walk.js';

/** What a manifest can ask for that not every engine has, and the capability that tells. */
const wishes: readonly {
  readonly field: string;
  readonly runtime: ManifestRuntime;
  readonly granted: (has: DriverCapabilities) => boolean;
}[] = [
  { field: 'runtime.resources.cpu', runtime: { resources: { cpu: '500m' } }, granted: (has) => has.limits.cpu },
  {
    field: 'runtime.resources.memory',
    runtime: { resources: { memory: '256Mi' } },
    granted: (has) => has.limits.memory,
  },
  { field: 'runtime.resources.disk', runtime: { resources: { disk: '64Mi' } }, granted: (has) => has.limits.disk },
  { field: 'runtime.resources.pids', runtime: { resources: { pids: 100 } }, granted: (has) => has.limits.pids },
  { field: 'runtime.network.isolated', runtime: { network: { isolated: true } }, granted: (has) => has.isolation },
  { field: 'runtime.network.egress', runtime: { network: { egress: 'none' } }, granted: (has) => has.egressControl },
  {
    field: 'runtime.state.volumes',
    runtime: { state: { volumes: [{ name: 'data', path: '/data' }] } },
    granted: (has) => has.volumes,
  },
];

async function askFor(walk: Walk, field: string, runtime: ManifestRuntime) {
  const agent = field.replaceAll('.', '-');
  const { status, data, error } = await walk.deploy(agent, runtime);
  if (error) return { status, code: error.code, namesField: error.message.includes(field) || error.message };
  const removed = await walk.api('DELETE', `/v1/containers/${data.container_id}?wait_ms=150000`);
  return { status, phase: data.phase, removed: removed.status };
}

const granting: readonly Row[] = wishes.map(({ field, runtime, granted }) => ({
  what: `grants or refuses ${field}, as its capabilities say`,
  does: (walk) => askFor(walk, field, runtime),
  expected: (has: DriverCapabilities) =>
    granted(has)
      ? { status: 201, phase: 'ready', removed: 200 }
      : { status: 422, code: 'unsupported', namesField: true },
}));

const sources: Readonly<Record<'image' | 'build' | 'program', ManifestRuntime>> = {
  image: { image: '127.0.0.1:1/moorage/nowhere:1' },
  build: { build: { context: '/nowhere' } },
  program: { entrypoint: '/nowhere/agent.mjs' },
};

/** Taken or not: what comes of it is not waited for. */
async function offer(walk: Walk, kind: keyof typeof sources) {
  const manifest = {
    ...walk.manifest(`from-${kind}`),
    runtime: sources[kind],
  };
  const body = { customer_id: customer, manifest, wait_ms: 0 };
  const { status, data, error } = await walk.api<{ container_id: string }>('POST', '/v1/containers', body);
  if (error) return { status, code: error.code };
  const removed = await walk.api('DELETE', `/v1/containers/${data.container_id}?wait_ms=150000`);
  return { status, removed: removed.status };
}

const sourceRows: readonly Row[] = (['image', 'build', 'program'] as const).map((kind) => ({
  what: `takes agents from ${kind} or refuses them, as its capabilities say`,
  does: (walk) => offer(walk, kind),
  expected: ({ sources: has }: DriverCapabilities) =>
    has.includes(kind) ? { status: 202, removed: 200 } : { status: 422, code: 'unsupported' },
}));

async function refusal(answer: Promise<{ status: number; error: { code: string; message: string } | undefined }>) {
  const { status, error } = await answer;
  return { status, code: error?.code };
}

/** What is refused, or granted only by some. */
export const refusalRows: readonly Row[] = [
  ...granting,
  ...sourceRows,
  {
    what: 'refuses more instances than the quota has room for',
    does: ({ api }) => {
      const body = { customer_id: customer, instances: quota + 1 };
      return refusal(api('POST', `/v1/agents/${agentId('main')}/scale`, body));
    },
    expected: { status: 429, code: 'resource_exhausted' },
  },
  {
    what: 'refuses a manifest that is wrong, and names the field',
    does: async (walk) => {
      const { status, error } = await walk.deploy('wrong', { port: 0 });
      return { status, code: error?.code, names: /runtime\.port/.exec(error?.message ?? '')?.[0] };
    },
    expected: { status: 400, code: 'invalid_argument', names: 'runtime.port' },
  },
  {
    what: 'does not know another customer’s',
    does: ({ api }) => refusal(api('GET', `/v1/addresses?customer_id=customer-2&agent_id=${agentId('main')}`)),
    expected: { status: 404, code: 'not_found' },
  },
];

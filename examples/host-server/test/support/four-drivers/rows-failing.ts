import type { IncidentRecord, ManifestRuntime } from '@moorage/protocol';
import type { Row } from './rows.js';
import { agentId, type Walk } from './walk.js';

/** Short, for agents that fail in any case; long enough for a slow machine to start them and see why. */
const impatient: ManifestRuntime = {
  rollout_deadline_ms: 20_000,
  probes: { interval_ms: 300, timeout_ms: 200, failure_threshold: 3, start_period_ms: 1_000 },
};

/** What is told of an agent that never serves; `words` have to be in the error and in the reason. */
async function fail(walk: Walk, agent: string, runtime: ManifestRuntime, words: RegExp) {
  const { status, error } = await walk.deploy(agent, { ...impatient, ...runtime });
  const record = await walk.until(agent, 'has failed', ({ phase }) => phase === 'failed');
  return {
    status,
    code: error?.code,
    error: words.exec(error?.message ?? '')?.[0] ?? error?.message,
    reason: words.exec(record.reason)?.[0] ?? record.reason,
    told: record.status,
    ready: record.ready_instances,
  };
}

const failed = { status: 503, code: 'unavailable', told: 'error', ready: 0 };

export const failingRows: readonly Row[] = [
  {
    what: 'tells that an agent ends at once, with its exit code',
    does: (walk) => fail(walk, 'exits', { env: [{ name: 'EXIT_CODE', value: '7' }] }, /exit code 7/),
    expected: { ...failed, error: 'exit code 7', reason: 'exit code 7' },
  },
  {
    what: 'keeps its ends as incidents',
    does: async ({ api, id }) => {
      const { data } = await api<{ incidents: IncidentRecord[] }>(
        'GET',
        `/v1/containers/${await id('exits')}/incidents`,
      );
      const [{ reason, exit_code, signal, oom } = {} as IncidentRecord] = data.incidents;
      return { reason, exit_code, signal, oom };
    },
    expected: { reason: 'exit-code', exit_code: 7, signal: null, oom: false },
  },
  {
    what: 'tells that an agent does not answer its checks',
    does: (walk) => fail(walk, 'deaf', { env: [{ name: 'LISTEN_DELAY_MS', value: '900000' }] }, /health check/i),
    expected: { ...failed, error: 'health check', reason: 'health check' },
  },
  {
    what: 'tells that there is nothing to run, by its name',
    does: (walk) => fail(walk, 'missing', { ...walk.engine.missing, language: undefined }, /moorage\/missing/),
    expected: { ...failed, error: 'moorage/missing', reason: 'moorage/missing' },
  },
  {
    what: 'lists those that failed',
    does: async ({ api }) => {
      const { data } = await api<{ containers: { agent_id: string }[] }>('GET', '/v1/containers?status=error');
      return data.containers.map(({ agent_id }) => agent_id).sort();
    },
    expected: ['deaf', 'exits', 'missing'].map(agentId),
  },
];

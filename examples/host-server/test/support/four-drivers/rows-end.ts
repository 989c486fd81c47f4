import { eventually } from '@moorage/core/testing';
import type { ContainerRecord } from '@moorage/protocol';
import { patience } from '../../faults/support/patience.js';
import type { Row } from './rows.js';
import { agentId, customer } from './walk.js';

let last = '';

/** The end of all agents. */
export const endRows: readonly Row[] = [
  {
    what: 'deletes it and waits until nothing of it is left',
    does: async ({ api, id }) => {
      last = await id('main');
      const { status, data } = await api<{ deleted: boolean }>('DELETE', `/v1/containers/${last}?wait_ms=150000`);
      return { status, deleted: data.deleted };
    },
    expected: { status: 200, deleted: true },
  },
  {
    what: 'knows nothing of it afterwards',
    does: async ({ api }) => {
      const asked = [
        api('GET', `/v1/containers/${last}`),
        api('GET', `/v1/containers/${last}/health`),
        api('GET', `/v1/containers/${last}/logs`),
        api('GET', `/v1/addresses?customer_id=${customer}&agent_id=${agentId('main')}`),
        api('POST', `/v1/containers/${last}/restart`, {}),
        api('DELETE', `/v1/containers/${last}`),
      ];
      return (await Promise.all(asked)).map(({ status, error }) => [status, error?.code]);
    },
    expected: Array.from({ length: 6 }, () => [404, 'not_found']),
  },
  {
    what: 'deletes those that failed as well, and leaves nothing on the engine',
    does: async ({ api, leftovers }) => {
      const list = () => api<{ containers: ContainerRecord[] }>('GET', '/v1/containers');
      const statuses = await Promise.all(
        (await list()).data.containers.map(async ({ container_id }) => {
          return (await api('DELETE', `/v1/containers/${container_id}?wait_ms=150000`)).status;
        }),
      );
      // A namespace that is on its way out goes after the last thing in it.
      await eventually('nothing is left', async () => (await leftovers()).length === 0, patience);
      return { statuses, listed: (await list()).data.containers, left: await leftovers() };
    },
    expected: { statuses: [200, 200, 200], listed: [], left: [] },
  },
];

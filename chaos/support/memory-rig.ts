import { createClient } from '@moorage/protocol';
import type { Rig, Seen } from './rig.js';

/**
 * Agents in the memory of the host's own process: they end with it, and only it can tell of them. For trying out the
 * churn itself.
 */
export function memoryRig(): Rig {
  let url = '';
  return {
    order: { kind: 'memory' },
    source: { image: 'chaos:memory' },
    canPause: true,
    keepsVolumes: false,
    orchestrates: false,
    driver: () => undefined,
    attach(apiUrl) {
      url = apiUrl;
    },
    look: () => look(url),
    belongings: async () => [],
    lives: async () => new Map(),
    close: async () => undefined,
  };
}

async function look(url: string): Promise<readonly Seen[]> {
  const client = createClient({ url });
  const { containers } = await client.listContainers({ limit: 1_000 });
  const found = await Promise.all(
    containers.map(async ({ container_id, customer_id }) => {
      const { instances } = await client.listInstances({ container_id });
      return instances.map(({ instance_id, state: found }): Seen => {
        const state =
          found === 'running' || found === 'creating'
            ? 'running'
            : found === 'paused' || found === 'stopped'
              ? 'paused'
              : 'ended';
        return { name: instance_id, identity: instance_id, deploymentId: container_id, tenant: customer_id, state };
      });
    }),
  );
  return found.flat();
}

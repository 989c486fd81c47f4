import type { Access, DeploymentHandle, DeploymentView, Host } from '@moorage/core';
import { MoorageError } from '@moorage/protocol';
import { absent } from './tenant-wall.js';

/** How params name one container: by its id, by agent and customer, or by both, which then have to agree. */
export interface Reference {
  readonly container_id?: string | undefined;
  readonly agent_id?: string | undefined;
  readonly customer_id?: string | undefined;
}

/**
 * The deployment that params name. Errors: `not_found` when there is none that this caller may see, `conflict` when
 * agent and customer have several.
 */
export async function findTarget(host: Host, reference: Reference, access: Access): Promise<DeploymentHandle> {
  const { container_id: id, agent_id: agentId } = reference;
  if (id === undefined) return host.get(await idByAgent(host, agentId, access), access);
  const handle = await host.get(id, access);
  if (agentId !== undefined && handle.agentId !== agentId) throw absent(`"${id}" of agent "${agentId}"`);
  return handle;
}

async function idByAgent(host: Host, agentId: string | undefined, access: Access): Promise<string> {
  const { items } = await host.list({ ...access, agentId }, { limit: 100 });
  const live = items.filter((view) => view.record.desired.deletedAt === undefined);
  const [first, ...others] = live.length > 0 ? live : items.slice(-1);
  if (!first) throw absent(`"${agentId}" of customer "${access.tenant}"`);
  if (others.length > 0) throw ambiguous(agentId, access, live);
  return first.record.desired.id;
}

function ambiguous(agentId: string | undefined, access: Access, live: readonly DeploymentView[]): MoorageError {
  const ids = live.map((view) => view.record.desired.id);
  return new MoorageError(
    'conflict',
    `"${agentId}" runs ${ids.length} times for customer "${access.tenant}": say which one by container_id (${ids.join(', ')})`,
    { operation: 'http.find', retryable: false, context: { container_ids: ids } },
  );
}

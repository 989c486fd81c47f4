import type { ContainerRecord } from '@moorage/protocol';
import type { CliIo } from './cli-io.js';
import { formatTable } from './format-table.js';
import { type HostOptions, hostClient } from './host-client.js';

export interface ListOptions extends HostOptions {
  readonly customer?: string | undefined;
  readonly agent?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Prints every agent that runs, or should, oldest first. */
export async function listCommand(options: ListOptions, io: CliIo): Promise<void> {
  const client = hostClient(options, io.env);
  const containers: ContainerRecord[] = [];
  let after: string | undefined;
  do {
    const filter = { customer_id: options.customer, agent_id: options.agent };
    const page = await client.listContainers({ ...filter, limit: 1000, after }, { signal: io.signal });
    containers.push(...page.containers);
    after = page.next ?? undefined;
  } while (after !== undefined);
  io.out(options.json ? `${JSON.stringify(containers, undefined, 2)}\n` : formatContainers(containers));
}

/** One line an agent. */
export function formatContainers(containers: readonly ContainerRecord[]): string {
  if (containers.length === 0) return 'There are no agents.\n';
  const head = ['STATE', 'HEALTH', 'READY', 'AGENT', 'CUSTOMER', 'ADDRESS', 'ID'];
  const rows = containers.map((one) => [
    one.phase,
    one.health,
    `${one.ready_instances}/${one.replicas}`,
    one.name === one.agent_id ? one.agent_id : `${one.agent_id} (${one.name})`,
    one.customer_id,
    one.address ?? '-',
    one.container_id,
  ]);
  return formatTable(head, rows);
}

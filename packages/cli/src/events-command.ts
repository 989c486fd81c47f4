import type { EventRecord } from '@moorage/protocol';
import { cleanText } from './clean-text.js';
import type { CliIo } from './cli-io.js';
import { type HostOptions, hostClient } from './host-client.js';

export interface EventsOptions extends HostOptions {
  readonly after?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly customer?: string | undefined;
  readonly container?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * Prints the events that are kept, oldest first; with `follow` those to come (and with `after` those since), through
 * lost connections, until the user ends it.
 */
export async function eventsCommand(options: EventsOptions, io: CliIo): Promise<void> {
  const client = hostClient(options, io.env);
  const { follow = false, customer, container } = options;
  const after = options.after ?? (follow ? undefined : 'start');
  // Following goes on through everything that passes; a host that is not there at all is worth a word.
  if (follow) await client.listContainers({ customer_id: customer, limit: 1 }, { signal: io.signal });
  const filter = { customerId: customer, containerId: container };
  for await (const event of client.events({ ...filter, after, once: !follow, signal: io.signal })) {
    io.out(options.json ? `${JSON.stringify(event)}\n` : formatEvent(event));
  }
}

export function formatEvent(event: EventRecord): string {
  const { created_at, type, customer_id, agent_id, container_id, message } = event;
  return `${cleanText(`${created_at} ${type} ${customer_id}/${agent_id} ${container_id}: ${message}`)}\n`;
}

import { cursorNotFound } from '../decide/commit-errors.js';
import { formatCursor, parseCursor } from '../decide/cursor.js';
import { pageLimit } from '../decide/page-limit.js';
import type { AddressRecord, DeploymentRecord } from '../model/deployment.js';
import type { HostEvent, UsageEvent } from '../model/events.js';
import type { Incident } from '../model/incident.js';
import type { DeploymentFilter, EventQuery, Page, PageRequest } from '../ports/store.js';
import { latestPosition, type MemoryStoreState } from './memory-store-state.js';

export function listDeployments(
  state: MemoryStoreState,
  filter: DeploymentFilter,
  page: PageRequest | undefined,
): Page<DeploymentRecord> {
  const limit = pageLimit(page?.limit);
  const after = page?.after === undefined ? 0 : parseCursor('deployment', page.after);
  const { tenant, agentId, name } = filter;
  const shards = filter.shards && new Set(filter.shards);
  const items: DeploymentRecord[] = [];
  let last = after;
  for (const { sequence, shard, record } of state.deployments.values()) {
    const { desired } = record;
    if (sequence <= after || (shards && !shards.has(shard))) continue;
    if (tenant !== undefined && desired.tenant !== tenant) continue;
    if (agentId !== undefined && desired.agentId !== agentId) continue;
    if (name !== undefined && desired.name !== name) continue;
    if (items.length === limit) return { items, next: formatCursor('deployment', last) };
    items.push(record);
    last = sequence;
  }
  return { items, next: undefined };
}

export function listAddresses(
  state: MemoryStoreState,
  filter: { readonly tenant?: string | undefined; readonly agentId?: string | undefined },
): readonly AddressRecord[] {
  const found: AddressRecord[] = [];
  for (const { record } of state.deployments.values()) {
    const { address } = record;
    if (filter.tenant !== undefined && address.tenant !== filter.tenant) continue;
    if (filter.agentId !== undefined && address.agentId !== filter.agentId) continue;
    found.push(address);
  }
  return found;
}

export function readEvents(state: MemoryStoreState, query: EventQuery): Page<HostEvent> {
  const { after, deploymentId, tenant } = query;
  const limit = pageLimit(query.limit);
  const log = state.events;
  const from = after === undefined ? log.pruned : parseCursor('event', after);
  if (after !== undefined && (from < log.pruned || from > latestPosition(log))) throw cursorNotFound(after);
  const items: HostEvent[] = [];
  for (let index = from - log.pruned; index < log.items.length; index += 1) {
    const event = log.items[index] as HostEvent;
    if (deploymentId !== undefined && event.deploymentId !== deploymentId) continue;
    if (tenant !== undefined && event.tenant !== tenant) continue;
    if (items.length === limit) return { items, next: items.at(-1)?.cursor };
    items.push(event);
  }
  return { items, next: undefined };
}

export function listIncidents(
  state: MemoryStoreState,
  filter: { readonly deploymentId?: string | undefined; readonly tenant?: string | undefined },
  limit: number,
): readonly Incident[] {
  const fitting = state.incidents.filter(
    (incident) =>
      (filter.deploymentId === undefined || incident.deploymentId === filter.deploymentId) &&
      (filter.tenant === undefined || incident.tenant === filter.tenant),
  );
  return newestFirst(fitting, limit, (incident) => incident.at);
}

export function listUsage(
  state: MemoryStoreState,
  filter: { readonly tenant?: string | undefined; readonly agentId?: string | undefined },
  page: PageRequest | undefined,
): Page<UsageEvent> {
  const limit = pageLimit(page?.limit);
  const after = page?.after === undefined ? 0 : parseCursor('usage', page.after);
  const items: UsageEvent[] = [];
  let last = after;
  for (const { sequence, event } of state.usage) {
    if (sequence <= after) continue;
    if (filter.tenant !== undefined && event.tenant !== filter.tenant) continue;
    if (filter.agentId !== undefined && event.agentId !== filter.agentId) continue;
    if (items.length === limit) return { items, next: formatCursor('usage', last) };
    items.push(event);
    last = sequence;
  }
  return { items, next: undefined };
}

/** The newest `limit` by time; of the same time, the one written last comes first. */
export function newestFirst<T>(items: readonly T[], limit: number, timeOf: (item: T) => number): readonly T[] {
  const most = pageLimit(limit);
  // Nearly always the clock went forward all the time: then nothing has to be sorted.
  const isInOrder = items.every((item, index) => index === 0 || timeOf(items[index - 1] as T) <= timeOf(item));
  if (isInOrder) return items.slice(Math.max(0, items.length - most)).reverse();
  return [...items]
    .reverse()
    .sort((one, other) => timeOf(other) - timeOf(one))
    .slice(0, most);
}

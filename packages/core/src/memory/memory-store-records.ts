import { checkUsage } from '../decide/check-usage.js';
import { cleanText } from '../decide/stored-text.js';
import type { UsageEvent } from '../model/events.js';
import type { HealthCheckRecord } from '../model/health.js';
import type { DeploymentId } from '../model/ids.js';
import type { Retention } from '../ports/store.js';
import { newestFirst } from './memory-store-reads.js';
import { append, cutEvents, type MemoryStoreState, pairKey } from './memory-store-state.js';

export function addHealthChecks(state: MemoryStoreState, records: readonly HealthCheckRecord[]): void {
  const kept = state.limits.healthChecksPerDeployment;
  for (const record of records) {
    const { errorMessage } = record;
    const clean = errorMessage === undefined ? record : { ...record, errorMessage: cleanText(errorMessage) };
    const list = append(state.health, record.deploymentId, [clean]);
    if (list.length >= kept * 2) list.splice(0, list.length - kept);
  }
}

/** Newest first for each deployment, at most `limitEach` of it. */
export function lastHealthChecks(
  state: MemoryStoreState,
  ids: readonly DeploymentId[],
  limitEach: number,
): readonly HealthCheckRecord[] {
  return [...new Set(ids)].flatMap((id) =>
    newestFirst(state.health.get(id) ?? [], limitEach, (record) => record.checkedAt),
  );
}

export function addUsage(state: MemoryStoreState, events: readonly UsageEvent[]): void {
  for (const event of events) checkUsage(event);
  for (const event of events) {
    const key = pairKey(event.tenant, event.id);
    if (state.usageIds.has(key)) continue;
    state.usageIds.add(key);
    state.usageSequence += 1;
    state.usage.push({ sequence: state.usageSequence, event: { ...event, action: cleanText(event.action) } });
  }
  if (state.usage.length > state.limits.usage * 1.25) forgetUsage(state, state.usage.length - state.limits.usage);
}

export function prune(state: MemoryStoreState, retention: Retention): void {
  const now = state.clock.now();
  pruneLists(state.health, (record) => record.checkedAt < now - retention.healthChecksMs);
  pruneLists(state.scaling, (row) => row.createdAt < now - retention.eventsMs);
  const firstKept = state.events.items.findIndex((event) => event.at >= now - retention.eventsMs);
  const cut = firstKept === -1 ? state.events.items.length : firstKept;
  if (cut > 0) cutEvents(state.events, cut);
  state.incidents = state.incidents.filter((incident) => incident.at >= now - retention.incidentsMs);
  for (const [key, record] of state.idempotency) {
    if (record.createdAt < now - retention.idempotencyMs) state.idempotency.delete(key);
  }
  for (const { event } of state.usage) {
    if (event.at < now - retention.usageMs) state.usageIds.delete(pairKey(event.tenant, event.id));
  }
  state.usage = state.usage.filter(({ event }) => event.at >= now - retention.usageMs);
}

function pruneLists<T>(lists: Map<string, T[]>, isOld: (item: T) => boolean): void {
  for (const [key, list] of lists) {
    const kept = list.filter((item) => !isOld(item));
    if (kept.length === 0) lists.delete(key);
    else if (kept.length < list.length) lists.set(key, kept);
  }
}

function forgetUsage(state: MemoryStoreState, count: number): void {
  for (const { event } of state.usage.slice(0, count)) state.usageIds.delete(pairKey(event.tenant, event.id));
  state.usage = state.usage.slice(count);
}

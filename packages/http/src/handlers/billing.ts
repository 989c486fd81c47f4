import type { UsageEvent } from '@moorage/core';
import type { ParsedParams } from '@moorage/protocol';
import { accessOfParams, type Handlers } from '../call.js';
import { usageRecord } from '../records/event-record.js';

type BillingActions = 'track_usage' | 'list_usage';
type Reported = Exclude<ParsedParams<'track_usage'>, { readonly events: unknown }>;

/** What agents report, and who asks for it. */
export const billingHandlers: Pick<Handlers, BillingActions> = {
  track_usage: async (params, call) => {
    const reported = 'events' in params ? params.events : [params];
    // Each customer is checked before anything is stored: a batch is taken whole or not at all.
    for (const event of reported) accessOfParams(call, event);
    await call.host.trackUsage(reported.map(usageEvent));
    return { data: { accepted: reported.length } };
  },
  list_usage: async (params, { host }, access) => {
    const filter = { tenant: access.tenant, agentId: params.agent_id };
    const page = await host.usageEvents(filter, { after: params.after, limit: params.limit });
    return { data: { usage: page.items.map(usageRecord), next: page.next ?? null } };
  },
};

function usageEvent(event: Reported): UsageEvent {
  return {
    id: event.id ?? crypto.randomUUID(),
    tenant: event.customer_id,
    agentId: event.agent_id,
    action: event.action,
    durationMs: event.duration,
    at: event.at === undefined ? Date.now() : Date.parse(event.at),
  };
}

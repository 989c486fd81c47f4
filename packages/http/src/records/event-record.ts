import type { HostEvent, UsageEvent } from '@moorage/core';
import type { EventRecord, UsageRecord } from '@moorage/protocol';
import { isoTime } from './time.js';

export function eventRecord(event: HostEvent): EventRecord {
  return {
    id: event.cursor,
    type: event.type,
    container_id: event.deploymentId,
    agent_id: event.agentId,
    customer_id: event.tenant,
    message: event.message,
    data: { ...event.data },
    created_at: isoTime(event.at),
  };
}

export function usageRecord(event: UsageEvent): UsageRecord {
  return {
    id: event.id,
    agent_id: event.agentId,
    customer_id: event.tenant,
    action: event.action,
    duration: event.durationMs,
    created_at: isoTime(event.at),
  };
}

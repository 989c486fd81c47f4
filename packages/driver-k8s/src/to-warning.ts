import type { ClusterWarning } from './event-memory.js';
import type { EventObject } from './kube-objects.js';
import { toEpoch } from './to-instance.js';

/** An event as what is kept of it. Who writes events fills in one or the other of their times and counts. Pure. */
export function toWarning(event: EventObject): ClusterWarning {
  const { reason = 'Unknown', message = '', series, count, lastTimestamp, eventTime, firstTimestamp } = event;
  const times = [series?.lastObservedTime, lastTimestamp, eventTime, firstTimestamp, event.metadata.creationTimestamp];
  const known = times.map(toEpoch).find((time) => time !== undefined && !Number.isNaN(time));
  return { reason, message: message.trim(), at: known ?? 0, times: series?.count ?? count ?? 1 };
}

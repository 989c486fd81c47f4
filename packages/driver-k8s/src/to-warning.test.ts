import { describe, expect, it } from 'vitest';
import type { EventObject } from './kube-objects.js';
import { toWarning } from './to-warning.js';

const event = (given: Partial<EventObject>): EventObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', creationTimestamp: '2026-01-01T00:00:00Z' },
  reason: 'Unhealthy',
  message: 'Readiness probe failed: 503\n',
  ...given,
});
const at = (second: number) => Date.parse(`2026-01-01T00:00:0${second}Z`);

describe('toWarning', () => {
  it('takes when it was told last, whoever has written it', () => {
    const kubelet = event({ firstTimestamp: '2026-01-01T00:00:01Z', lastTimestamp: '2026-01-01T00:00:03Z', count: 4 });
    expect(toWarning(kubelet)).toEqual({
      reason: 'Unhealthy',
      message: 'Readiness probe failed: 503',
      at: at(3),
      times: 4,
    });
    const scheduler = event({ lastTimestamp: null, eventTime: '2026-01-01T00:00:02.000000Z' });
    expect(toWarning(scheduler)).toMatchObject({ at: at(2), times: 1 });
    const series = { count: 7, lastObservedTime: '2026-01-01T00:00:05.000000Z' };
    expect(toWarning({ ...scheduler, series })).toMatchObject({ at: at(5), times: 7 });
    expect(toWarning(event({}))).toMatchObject({ at: at(0) });
  });
});

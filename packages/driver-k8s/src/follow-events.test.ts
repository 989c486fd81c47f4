import { scheduler } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { apiFailure } from './classify-error.js';
import { eventStream } from './follow-events.js';
import type { KubeClient } from './kube-client.js';
import { label } from './labels.js';

const times = { idleMs: 1_000, answerMs: 1_000, minWaitMs: 1, maxWaitMs: 1 };
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'n', labels: { [label.deployment]: 'd' } },
};
const about = (name: string) => ({
  metadata: { name: `e-${name}`, namespace: 'n', creationTimestamp: new Date().toISOString() },
  involvedObject: { kind: 'Pod', namespace: 'n', name },
  ...{ reason: 'FailedMount', message: 'no such volume' },
});

/** A cluster with these warnings, whose watches end at once. */
function streamOf(list: () => object) {
  const asked: (string | number | boolean | undefined)[] = [];
  const noted: string[] = [];
  const client: KubeClient = {
    address: 'fake',
    async json<T>({ query }: { query?: Record<string, string | number | boolean | undefined> }) {
      asked.push(query?.fieldSelector);
      return list() as T;
    },
    stream: () => Promise.reject(apiFailure(503, '')),
    close() {},
  };
  const find = (kind: string, _namespace: string | undefined, name: string) =>
    kind === 'Pod' && name === 'p' ? pod : undefined;
  const stream = eventStream({
    ...{ client, namespace: undefined, times, find, heard: () => {} },
    noted: (id) => void noted.push(id),
  });
  return { asked, noted, stream };
}

describe('the stream of events', () => {
  it('asks for warnings only, and keeps what concerns ours', async () => {
    const items = [about('other'), about('p')];
    const { asked, noted, stream } = streamOf(() => ({ metadata: { resourceVersion: '1' }, items }));
    const ending = new AbortController();
    const following = stream.follow(ending.signal);
    while (noted.length === 0) await scheduler.wait(1);
    ending.abort();
    await following;
    expect(asked[0]).toBe('type=Warning');
    expect(new Set(noted)).toEqual(new Set(['d']));
    expect(stream.memory.of('Pod n/p')).toMatchObject([{ reason: 'FailedMount', message: 'no such volume' }]);
    expect(stream.memory.of('Pod n/other')).toEqual([]);
  });

  it('is not asked for again and again where events may not be read', async () => {
    const { asked, stream } = streamOf(() => {
      throw apiFailure(403, '{"message":"events is forbidden"}');
    });
    const ending = new AbortController();
    const following = stream.follow(ending.signal);
    await scheduler.wait(100);
    ending.abort();
    await following;
    expect(asked).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import { apiFailure } from './classify-error.js';
import type { KubeClient, KubeRequest } from './kube-client.js';
import { nodeStats } from './node-stats.js';

/** Kubelets that tell of one pod each, or refuse. */
function kubelets(answer: (path: string) => unknown = () => undefined) {
  const asked: string[] = [];
  const client: Pick<KubeClient, 'json'> = {
    async json<T>({ path }: KubeRequest) {
      const node = path.split('/')[4] ?? '';
      asked.push(node);
      const given = answer(path);
      if (given !== undefined) throw given;
      return { pods: [{ podRef: { name: 'p', namespace: 'n', uid: `pod-on-${node}` } }] } as T;
    },
  };
  return { asked, client: client as KubeClient };
}

const signal = new AbortController().signal;
const nodes = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`);

describe('node stats', () => {
  it('asks each node once, however many of its pods are asked for, and keeps the answer for a while', async () => {
    let now = 0;
    const { asked, client } = kubelets();
    const stats = nodeStats(client, () => now);
    const found = await stats.read(['node-0', 'node-1', 'node-0'], signal);
    expect([...found.keys()]).toEqual(['pod-on-node-0', 'pod-on-node-1']);
    await stats.read(['node-0', 'node-1'], signal);
    expect(asked).toEqual(['node-0', 'node-1']);
    now = 10_000;
    await stats.read(['node-0'], signal);
    expect(asked).toEqual(['node-0', 'node-1', 'node-0']);
  });

  it('asks many nodes less often: one in two seconds', async () => {
    let now = 0;
    const { asked, client } = kubelets();
    const stats = nodeStats(client, () => now);
    for (now = 0; now < 600_000; now += 15_000) await stats.read(nodes(100), signal);
    expect(asked.length).toBeLessThanOrEqual(100 + 600 / 2);
  });

  it('has no figures, and asks no more for a while, where it may not ask', async () => {
    let now = 0;
    const { asked, client } = kubelets(() => apiFailure(403, '{"message":"nodes is forbidden"}'));
    const stats = nodeStats(client, () => now);
    expect((await stats.read(nodes(20), signal)).size).toBe(0);
    expect(asked).toHaveLength(8);
    now = 299_999;
    await stats.read(nodes(20), signal);
    expect(asked).toHaveLength(8);
    now = 300_000;
    await stats.read(nodes(1), signal);
    expect(asked).toHaveLength(9);
  });

  it('leaves out a node that does not answer', async () => {
    const { client } = kubelets((path) => (path.includes('node-1') ? apiFailure(503, '') : undefined));
    const found = await nodeStats(client).read(nodes(2), signal);
    expect([...found.keys()]).toEqual(['pod-on-node-0']);
  });
});

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@moorage/core/testing';
import { type TestCluster, uniqueName } from './test-cluster.js';

/** Volumes that an administrator has made, on a cluster that makes none by itself: folders of its one node, here. */
export interface StaticVolumes {
  /** A class of their own: nobody else's claims take them. */
  readonly storageClassName: string;
  close(): Promise<void>;
}

const path = '/api/v1/persistentvolumes';

export async function staticVolumes(cluster: TestCluster, count: number): Promise<StaticVolumes> {
  const storageClassName = uniqueName('moor-test');
  const folder = await mkdtemp(join(tmpdir(), 'moorage-volumes-'));
  await chmod(folder, 0o755);
  const names = Array.from({ length: count }, (_, index) => `${storageClassName}-${index}`);
  const request = () => ({ signal: AbortSignal.timeout(60_000) });
  for (const name of names) {
    await mkdir(join(folder, name));
    // A node does not give a folder of its own to a pod's group.
    await chmod(join(folder, name), 0o777);
    const spec = {
      storageClassName,
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce', 'ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: join(folder, name), type: 'Directory' },
    };
    await cluster.client.json({ method: 'POST', path, body: { metadata: { name }, spec }, ...request() });
  }
  return {
    storageClassName,
    async close() {
      for (const name of names) await cluster.client.json({ method: 'DELETE', path: `${path}/${name}`, ...request() });
      await eventually('the volumes are gone', async () => {
        const { items } = await cluster.client.json<{ items: { metadata: { name: string } }[] }>({
          method: 'GET',
          path,
          ...request(),
        });
        return items.every(({ metadata }) => !names.includes(metadata.name));
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

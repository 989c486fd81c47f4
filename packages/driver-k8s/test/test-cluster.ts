import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import { httpStatusOf } from '../src/classify-error.js';
import { type Kind, kinds, pathOf } from '../src/kinds.js';
import { type KubeClient, kubeClient } from '../src/kube-client.js';
import type { KubeObject } from '../src/kube-objects.js';
import { ownerSelector } from '../src/labels.js';

/** The cluster that `MOORAGE_TEST_KUBECONFIG` or `KUBECONFIG` names, as an administrator sees it. */
export interface TestCluster {
  readonly kubeconfig: string;
  readonly client: KubeClient;
  list<T extends KubeObject>(kind: Kind, selector: string, namespace?: string): Promise<readonly T[]>;
  get<T extends KubeObject>(kind: Kind, namespace: string | undefined, name: string): Promise<T | undefined>;
  create(object: KubeObject): Promise<void>;
  /** Merges into what is there, as an operator's `kubectl patch` does. */
  patch(kind: Kind, namespace: string | undefined, name: string, body: object, path?: string): Promise<void>;
  remove(kind: Kind, namespace: string | undefined, name: string): Promise<void>;
  /** Names of all that carries the owner's label. */
  leftovers(owner: string): Promise<readonly string[]>;
  /** Asks for the end of all that carries the owner's label. */
  sweep(owner: string): Promise<void>;
  /** Path of a kubeconfig without credentials for an address. */
  kubeconfigFor(server: string): Promise<string>;
  /** Path of a kubeconfig for this cluster, for whoever has the token. */
  kubeconfigOf(token: string): Promise<string>;
  close(): Promise<void>;
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

const soon = () => AbortSignal.timeout(60_000);

export async function testCluster(): Promise<TestCluster> {
  const kubeconfig = process.env.MOORAGE_TEST_KUBECONFIG ?? process.env.KUBECONFIG;
  if (!kubeconfig) throw new Error('Set MOORAGE_TEST_KUBECONFIG or KUBECONFIG to the kubeconfig of a test cluster');
  const client = kubeClient({ kubeconfig });
  const folder = await mkdtemp(join(tmpdir(), 'moorage-k8s-'));
  const cluster: TestCluster = {
    kubeconfig,
    client,
    async list<T extends KubeObject>(kind: Kind, selector: string, namespace?: string) {
      const query = { labelSelector: selector };
      const request = { method: 'GET', path: pathOf(kind, namespace), query, signal: soon() } as const;
      const { items } = await client.json<{ items?: readonly T[] | null }>(request);
      return (items ?? []).map((item) => ({ ...item, apiVersion: kinds[kind].apiVersion, kind }));
    },
    async get<T extends KubeObject>(kind: Kind, namespace: string | undefined, name: string) {
      try {
        return await client.json<T>({ method: 'GET', path: pathOf(kind, namespace, name), signal: soon() });
      } catch (error) {
        if (httpStatusOf(error) === 404) return undefined;
        throw error;
      }
    },
    async create(object) {
      const path = pathOf(object.kind as Kind, object.metadata.namespace);
      await client.json({ method: 'POST', path, body: object, signal: soon() });
    },
    async patch(kind, namespace, name, body, path = '') {
      const contentType = 'application/merge-patch+json';
      const query = { fieldManager: 'operator' };
      const whole = pathOf(kind, namespace, name) + path;
      await client.json({ method: 'PATCH', path: whole, query, body, contentType, signal: soon() });
    },
    async remove(kind, namespace, name) {
      try {
        await client.json({ method: 'DELETE', path: pathOf(kind, namespace, name), signal: soon() });
      } catch (error) {
        if (httpStatusOf(error) !== 404) throw error;
      }
    },
    leftovers: (owner) => leftovers(cluster, owner),
    sweep: (owner) => sweep(cluster, owner),
    async kubeconfigFor(server) {
      const path = join(folder, `${uniqueName('kubeconfig')}.json`);
      await writeFile(path, JSON.stringify(toKubeconfig({ server }, {})));
      return path;
    },
    async kubeconfigOf(token) {
      const path = join(folder, `${uniqueName('kubeconfig')}.json`);
      const admin = new KubeConfig();
      admin.loadFromFile(kubeconfig);
      const { server, caData } = admin.getCurrentCluster() as Cluster;
      const target = { server, 'certificate-authority-data': caData };
      await writeFile(path, JSON.stringify(toKubeconfig(target, { token })));
      return path;
    },
    async close() {
      client.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return cluster;
}

function toKubeconfig(cluster: object, user: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'nobody', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'nobody' } }],
    'current-context': 'test',
  };
}

async function leftovers(cluster: TestCluster, owner: string): Promise<readonly string[]> {
  const found = await Promise.all(
    (Object.keys(kinds) as Kind[]).map(async (kind) => {
      const objects = await cluster.list(kind, ownerSelector(owner));
      return objects.map(({ metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    }),
  );
  return found.flat();
}

const inOrder: readonly Kind[] = [
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Deployment',
  'Job',
  'Service',
  'Secret',
  'PersistentVolumeClaim',
  'NetworkPolicy',
  'ResourceQuota',
  'Namespace',
];

async function sweep(cluster: TestCluster, owner: string): Promise<void> {
  for (const kind of inOrder) {
    for (const { metadata } of await cluster.list(kind, ownerSelector(owner))) {
      await cluster.remove(kind, metadata.namespace, metadata.name);
    }
  }
}

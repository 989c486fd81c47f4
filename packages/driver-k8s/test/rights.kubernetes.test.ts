import { readFile } from 'node:fs/promises';
import { loadYaml } from '@kubernetes/client-node';
import type { WorkloadDriver } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPolicies } from '../src/index.js';
import { isComplete, type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';
import { uniqueName } from './test-cluster.js';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

let rig: KubernetesRig;
let rules: readonly Rule[];
let kubeconfig: string;
const name = uniqueName('moorage-rights');
const group = 'rbac.authorization.k8s.io';

beforeAll(async () => {
  rig = await kubernetesRig();
  const text = await readFile(new URL('../manifests/cluster-role.yaml', import.meta.url), 'utf8');
  rules = loadYaml<{ rules: readonly Rule[] }>(text).rules;
  const { cluster } = rig;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await post(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name } });
  await post(`/apis/${group}/v1/clusterroles`, { metadata: { name }, rules });
  await post(`/apis/${group}/v1/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: name }],
  });
  const path = `/api/v1/namespaces/${name}/serviceaccounts/${name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const answer = await rig.cluster.client.json<{ status: { token: string } }>({
    method: 'POST',
    path,
    body,
    ...rig.call(),
  });
  kubeconfig = await cluster.kubeconfigOf(answer.status.token);
});
afterAll(async () => {
  const { client } = rig.cluster;
  for (const kind of ['clusterrolebindings', 'clusterroles']) {
    await client.json({ method: 'DELETE', path: `/apis/${group}/v1/${kind}/${name}`, ...rig.call() });
  }
  await rig.cluster.remove('Namespace', undefined, name);
  await rig.close();
});

const post = (path: string, body: object) => rig.cluster.client.json({ method: 'POST', path, body, ...rig.call() });

/** The whole of what the role is for. */
async function walk(driver: WorkloadDriver): Promise<void> {
  const targets = [{ metric: 'cpu', percent: 80 }] as const;
  const wish = rig.workload({
    tenant: uniqueName('tenant'),
    secretEnv: { TOKEN: 'x' },
    replicas: { min: 2, max: 3, targets },
  });
  await driver.apply(wish, rig.call());
  const { instances } = await rig.until(wish, 'is complete', (found) => isComplete(found, wish));
  const call = { ...rig.owned(), follow: false, tail: 1, since: undefined };
  for await (const _line of driver.logs?.(instances[0]?.name ?? '', call) ?? []) break;
  await driver.usage?.([instances[0]?.name ?? ''], rig.owned());
  await driver.apply({ ...wish, generation: 2, replicas: { fixed: 1 } }, rig.call());
  const { template, replicas: _range, health: _health, ...rest } = wish;
  const run = { ...template, ...rest, kind: 'run', name: `run-${wish.deploymentId}`, ordinal: 0, attempt: 1 } as const;
  const spec = { ...run, env: { EXIT_CODE: '0' } };
  await driver.startRun?.({ spec, deadline: Date.now() + 600_000 }, rig.call());
  await eventually(
    'the run has ended',
    async () => {
      const { instances: found } = await driver.list({ owner: rig.owner }, rig.call());
      return found.some(({ name: which, state }) => which === spec.name && state === 'exited');
    },
    later,
  );
  await driver.deleteWorkload(wish.deploymentId, rig.owned());
  await eventually('it is gone', async () => (await rig.describe(wish.deploymentId)) === undefined, later);
}

describe('the shipped role', () => {
  it('is enough for all that the driver does', async () => {
    const driver = rig.anotherDriver({ kubeconfig, quota: () => ({ instances: 10 }) });
    await walk(driver);
    await verifyPolicies({ kubeconfig, image: rig.image, imagePullPolicy: 'Never' });
  });

  it('has no rule too many: without each of them something fails, and says which right it lacks', async () => {
    const wish = rig.workload();
    const [instance] = (await rig.serve(wish)).instances;
    for (const [index, left] of rules.entries()) {
      const kept = rules.filter((_rule, other) => other !== index);
      await setRules(kept);
      const words = await eventually(
        `${left.resources.join()} is missed`,
        () => refusalOf(instance?.name ?? ''),
        later,
      );
      expect(words).toMatch(
        new RegExp(`lacks the verb "(${left.verbs.join('|')})" for "(${left.resources.join('|')})`),
      );
    }
    await setRules(rules);
    await rig.remove(wish);
  });
});

async function setRules(kept: readonly Rule[]): Promise<void> {
  const path = `/apis/${group}/v1/clusterroles/${name}`;
  const contentType = 'application/merge-patch+json';
  await rig.cluster.client.json({ method: 'PATCH', path, body: { rules: kept }, contentType, ...rig.call() });
}

/** What a fresh driver is refused; undefined when nothing is. */
async function refusalOf(instance: string): Promise<string | undefined> {
  const driver = rig.anotherDriver({ kubeconfig });
  const call = { ...rig.owned(), follow: false, tail: 1, since: undefined };
  try {
    await driver.list({ owner: rig.owner }, rig.call());
    for await (const _line of driver.logs?.(instance, call) ?? []) break;
    await driver.usage?.([instance], rig.owned());
    return undefined;
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'permission_denied' });
    return (thrown as Error).message;
  } finally {
    await driver.close();
  }
}

import { readFile } from 'node:fs/promises';
import { loadYaml } from '@kubernetes/client-node';
import type { Workload, WorkloadDriver } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPolicies } from '../src/index.js';
import { rights } from '../src/rights.js';
import { isComplete, type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';
import { type LimitedAccount, limitedAccount, type RoleRule } from './limited-account.js';
import { uniqueName } from './test-cluster.js';

const rulesOf = async (path: string) => {
  const text = await readFile(new URL(`../manifests/${path}`, import.meta.url), 'utf8');
  return loadYaml<{ rules: readonly RoleRule[] }>(text).rules;
};

let rig: KubernetesRig;
let account: LimitedAccount;
let everywhere: readonly RoleRule[];
beforeAll(async () => {
  rig = await kubernetesRig();
  account = await limitedAccount(rig.cluster);
  everywhere = await rulesOf('cluster-role.yaml');
});
afterAll(async () => {
  await account?.close();
  await rig?.close();
});

/** The whole of what the role is for. */
async function walk(driver: WorkloadDriver, given: Partial<Workload> = {}): Promise<void> {
  const targets = [{ metric: 'cpu', percent: 80 }] as const;
  const wish = rig.workload({
    tenant: uniqueName('tenant'),
    secretEnv: { TOKEN: 'x' },
    replicas: { min: 2, max: 3, targets },
    ...given,
  });
  const find = async () => {
    const { workloads } = await driver.describe({ owner: wish.owner }, rig.call());
    return workloads.find(({ deploymentId }) => deploymentId === wish.deploymentId);
  };
  await driver.apply(wish, rig.call());
  const whole = async () => {
    const found = await find();
    return found && isComplete(found, wish) && found;
  };
  const { instances } = await eventually('it is complete', whole, later);
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
  await eventually('it is gone', async () => (await find()) === undefined, later);
  expect(await rig.cluster.list('Secret', `moorage.deployment=${wish.deploymentId}`)).toEqual([]);
}

describe('the shipped role', () => {
  it('is enough for all that the driver does', async () => {
    await account.give(everywhere);
    const { kubeconfig } = account;
    await inForce(kubeconfig);
    await walk(rig.anotherDriver({ kubeconfig, quota: () => ({ instances: 10 }) }));
    await verifyPolicies({ kubeconfig, image: rig.image, imagePullPolicy: 'Never' });
  });

  it('reads no Secret, and says the same as what is looked for at start', () => {
    const verbsOf = (group: string, resource: string) =>
      everywhere.find(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resource))?.verbs;
    expect(verbsOf('', 'secrets')).toEqual(['create', 'patch', 'delete']);
    for (const { group, resource, verbs } of rights) expect(verbsOf(group, resource)).toEqual(verbs);
  });

  it('has no rule too many: without each of them an operation fails, and says which right it lacks', async () => {
    await account.give(everywhere);
    const wish = rig.workload();
    const [instance] = (await rig.serve(wish)).instances;
    for (const [index, left] of everywhere.entries()) {
      // Missed by nobody: events say more where they may be read.
      if (left.resources.includes('events')) continue;
      await account.give(everywhere.filter((_rule, other) => other !== index));
      const [operation, act] = operationFor(left, instance?.name ?? '');
      const refused = await eventually(`${left.resources.join()} is missed`, () => refusalOf(act), later);
      expect(refused).toMatchObject({ code: 'permission_denied', operation });
      expect(refused?.message).toMatch(
        new RegExp(`lacks the verb "(${left.verbs.join('|')})" for "(${left.resources.join('|')})`),
      );
    }
    await account.give(everywhere);
    await rig.remove(wish);
  });
});

describe('the shipped role for one namespace', () => {
  it('is enough for all that the driver does there, and for nothing elsewhere', async () => {
    const { kubeconfig, namespace } = account;
    const rules = await rulesOf('one-namespace/role.yaml');
    await account.give(await rulesOf('one-namespace/cluster-role.yaml'), { namespace, rules });
    await inForce(kubeconfig, namespace);
    await walk(rig.anotherDriver({ kubeconfig, namespace }));
    const elsewhere = await refusalOf((driver) => driver.list({ owner: rig.owner }, rig.call()));
    expect(elsewhere).toMatchObject({ code: 'permission_denied' });
  });

  it('is the other one without namespaces and quotas', async () => {
    const left = everywhere.filter(({ resources }) => !/^(namespaces|resourcequotas)$/.test(resources.join()));
    expect(await rulesOf('one-namespace/role.yaml')).toEqual(left);
  });
});

/** A role is in force a moment after it was given. */
function inForce(kubeconfig: string, namespace?: string): Promise<unknown> {
  return eventually(
    'the role is in force',
    async () =>
      (await refusalOf((driver) => driver.list({ owner: rig.owner }, rig.call()), { kubeconfig, namespace })) ===
      undefined,
    later,
  );
}

type Act = (driver: WorkloadDriver) => Promise<unknown>;

/** What is missed first where a rule is missing. */
function operationFor({ apiGroups, resources }: RoleRule, instance: string): readonly [string, Act] {
  const call = { ...rig.owned(), follow: false, tail: 1, since: undefined };
  if (resources.includes('secrets')) {
    const wish = rig.workload({ secretEnv: { TOKEN: 'x' } });
    const apply: Act = (driver) =>
      driver
        .apply(wish, rig.call())
        .finally(() => driver.deleteWorkload(wish.deploymentId, rig.owned()).catch(() => {}));
    return ['driver.apply', apply];
  }
  if (resources.includes('pods/log')) {
    const read: Act = async (driver) => {
      for await (const _line of driver.logs?.(instance, call) ?? []) break;
    };
    return ['driver.logs', read];
  }
  if (apiGroups.includes('metrics.k8s.io')) {
    return ['driver.usage', async (driver) => driver.usage?.([instance], rig.owned())];
  }
  return ['driver.list', (driver) => driver.list({ owner: rig.owner }, rig.call())];
}

interface Refusal {
  readonly code: string;
  readonly operation: string;
  readonly message: string;
}

/** What a fresh driver is refused; undefined when nothing is. */
async function refusalOf(act: Act, options: object = { kubeconfig: account.kubeconfig }): Promise<Refusal | undefined> {
  const driver = rig.anotherDriver(options);
  try {
    await act(driver);
    return undefined;
  } catch (thrown) {
    return thrown as Refusal;
  } finally {
    await driver.close();
  }
}

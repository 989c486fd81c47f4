import { httpStatusOf } from '../src/classify-error.js';
import { type TestCluster, uniqueName } from './test-cluster.js';

export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** An account of the test cluster that may do what it is given, and nothing else. */
export interface LimitedAccount {
  readonly kubeconfig: string;
  /** A namespace of its own. */
  readonly namespace: string;
  /** Other rules than before: in the whole cluster, and in one namespace. In force a moment later. */
  give(
    rules: readonly RoleRule[],
    within?: { readonly namespace: string; readonly rules: readonly RoleRule[] },
  ): Promise<void>;
  close(): Promise<void>;
}

const group = 'rbac.authorization.k8s.io';
const soon = () => AbortSignal.timeout(60_000);

export async function limitedAccount(cluster: TestCluster): Promise<LimitedAccount> {
  const name = uniqueName('moorage-account');
  const post = <T>(path: string, body: object) =>
    cluster.client.json<T>({ method: 'POST', path, body, signal: soon() });
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await post(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name } });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const path = `/api/v1/namespaces/${name}/serviceaccounts/${name}/token`;
  const { status } = await post<{ status: { token: string } }>(path, request);
  const subjects = [{ kind: 'ServiceAccount', name, namespace: name }];
  const bind = async (scope: '' | `namespaces/${string}/`, rules: readonly RoleRule[]) => {
    const [role, binding] = scope === '' ? ['ClusterRole', 'clusterrole'] : ['Role', 'role'];
    const root = `/apis/${group}/v1/${scope}`;
    for (const plural of [`${binding}bindings`, `${binding}s`]) await dropped(`${root}${plural}/${name}`);
    if (rules.length === 0) return;
    await post(`${root}${binding}s`, { metadata: { name }, rules });
    await post(`${root}${binding}bindings`, {
      metadata: { name },
      roleRef: { apiGroup: group, kind: role, name },
      subjects,
    });
  };
  const dropped = async (path: string) => {
    const gone = cluster.client.json({ method: 'DELETE', path, signal: soon() });
    await gone.catch((error) => {
      if (httpStatusOf(error) !== 404) throw error;
    });
  };
  return {
    kubeconfig: await cluster.kubeconfigOf(status.token),
    namespace: name,
    async give(rules, within) {
      await bind('', rules);
      await bind(`namespaces/${name}/`, within?.rules ?? []);
    },
    async close() {
      await bind('', []);
      await cluster.remove('Namespace', undefined, name);
    },
  };
}

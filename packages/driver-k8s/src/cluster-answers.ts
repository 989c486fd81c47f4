import { classifyError } from './classify-error.js';
import { pathOf } from './kinds.js';
import { type ConnectionOptions, type KubeClient, kubeClient } from './kube-client.js';
import type { KubeObject } from './kube-objects.js';
import { lackingRights, type ResourceRule, rights, rightWords } from './rights.js';

export interface ClusterAnswersOptions extends ConnectionOptions {
  /** As the driver's: the rights are looked for there alone. Default: in the whole cluster. */
  readonly namespace?: string | undefined;
  /** How long to wait for the cluster. Default 30 000 ms. */
  readonly timeoutMs?: number | undefined;
}

export type ClusterAnswer =
  | {
      readonly ok: true;
      /** Of the API server, e.g. `v1.34.4`. */
      readonly version: string;
      readonly address: string;
      /** The cluster's identity: another cluster has another one. */
      readonly id: string;
    }
  | { readonly ok: false; readonly reason: string };

const oldestMinor = 28;

/**
 * Whether the cluster answers, is new enough and gives us the rights that the driver needs, for a check at start. Never
 * rejects: the reason is a sentence for a person. Some authorisers cannot list rights; then the first call tells.
 */
export async function clusterAnswers(options: ClusterAnswersOptions = {}): Promise<ClusterAnswer> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? 30_000);
  const client = kubeClient(options);
  try {
    const path = pathOf('Namespace', undefined, 'kube-system');
    const { metadata } = await client.json<KubeObject>({ method: 'GET', path, signal });
    const { major, minor, gitVersion } = await client.json<{ major: string; minor: string; gitVersion: string }>({
      method: 'GET',
      path: '/version',
      signal,
    });
    const { address } = client;
    if (Number(major) === 1 && Number.parseInt(minor, 10) < oldestMinor) {
      return {
        ok: false,
        reason: `The cluster at "${address}" is ${gitVersion}: at least v1.${oldestMinor} is needed`,
      };
    }
    const lacking = await missingRights(client, options.namespace, signal);
    if (lacking !== undefined) return { ok: false, reason: lacking };
    return { ok: true, version: gitVersion, address, id: metadata.uid ?? '' };
  } catch (error) {
    const scene = { operation: 'clusterAnswers', action: 'Cannot use Kubernetes', signal, address: client.address };
    return { ok: false, reason: classifyError(error, scene).message };
  } finally {
    client.close();
  }
}

interface RulesReview {
  readonly status?: {
    readonly incomplete?: boolean;
    readonly resourceRules?: readonly ResourceRule[] | null;
  };
}

/** A namespace in which nobody has rights that do not hold in all. */
const nowhere = 'moor-rights';

async function missingRights(
  client: KubeClient,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const review = await client.json<RulesReview>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace: namespace ?? nowhere },
    },
    signal,
  });
  if (review.status?.incomplete !== false) return undefined;
  const needed =
    namespace === undefined
      ? rights
      : rights.filter(({ resource }) => resource !== 'namespaces' && resource !== 'resourcequotas');
  const lacking = lackingRights(review.status.resourceRules ?? [], needed);
  if (lacking.length === 0) return undefined;
  const where = namespace === undefined ? 'in the whole cluster' : `in the namespace "${namespace}"`;
  return `Cannot use Kubernetes: the kubeconfig's user lacks ${lacking.map(rightWords).join('; ')} ${where}. Grant it by a role, see the manifests of @moorage/driver-k8s`;
}

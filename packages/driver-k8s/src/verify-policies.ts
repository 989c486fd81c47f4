import { randomBytes } from 'node:crypto';
import { scheduler } from 'node:timers/promises';
import { MoorageError } from '@moorage/core/driver';
import { classifyError } from './classify-error.js';
import { pathOf } from './kinds.js';
import { type ConnectionOptions, type KubeClient, kubeClient } from './kube-client.js';
import type { KubeObject, PodObject } from './kube-objects.js';
import { statusOf } from './to-instance.js';
import { type ProbeName, probeExit, probeLabels, toProbePod, toProbePolicies } from './to-probes.js';

export interface VerifyPoliciesOptions extends ConnectionOptions {
  /** An image with `node` on its path, which the cluster can pull. Default `node:22-alpine`. */
  readonly image?: string | undefined;
  /** Default `IfNotPresent`. */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  /** Default: two minutes. */
  readonly signal?: AbortSignal | undefined;
}

export interface PolicyVerdict {
  readonly policies: 'enforced' | 'unenforced';
  /** What was tried and what came of it, for a person. */
  readonly reason: string;
}

/**
 * Finds out whether the cluster's network enforces NetworkPolicies, by pods that try what is denied, in a namespace of
 * its own that is removed afterwards. Takes some seconds; keep the answer for as long as the cluster's network plugin
 * stays. Errors: `unavailable` when the pods do not come up or cannot talk at all, `permission_denied`, `timeout`.
 */
export async function verifyPolicies(options: VerifyPoliciesOptions = {}): Promise<PolicyVerdict> {
  const signal = options.signal ?? AbortSignal.timeout(120_000);
  const client = kubeClient(options);
  const namespace = `moor-probe-${randomBytes(6).toString('hex')}`;
  const scene = { operation: 'verifyPolicies', action: 'Cannot find out whether policies are enforced', signal };
  try {
    await removeOldProbes(client, signal);
    return await tryDenied(client, namespace, options, signal);
  } catch (error) {
    throw classifyError(error, { ...scene, address: client.address });
  } finally {
    await remove(client, namespace).catch(() => {});
    client.close();
  }
}

async function tryDenied(
  client: KubeClient,
  namespace: string,
  given: VerifyPoliciesOptions,
  signal: AbortSignal,
): Promise<PolicyVerdict> {
  const options = {
    image: given.image ?? 'node:22-alpine',
    imagePullPolicy: given.imagePullPolicy ?? 'IfNotPresent',
    imagePullSecrets: [],
    runtimeClassName: undefined,
  } as const;
  const create = (object: KubeObject) => make(client, object, signal);
  const labels = { ...probeLabels, 'pod-security.kubernetes.io/enforce': 'restricted' };
  await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  for (const policy of toProbePolicies(namespace)) await create(policy);
  await create(toProbePod('open-server', namespace, options));
  await create(toProbePod('closed-server', namespace, options));
  const running = (name: ProbeName) => until(client, namespace, name, signal, (pod) => addressOf(pod));
  const [open, closed] = await Promise.all([running('open-server'), running('closed-server')]);
  await create(toProbePod('open-caller', namespace, options, { open, asked: closed }));
  await create(toProbePod('closed-caller', namespace, options, { asked: open }));
  const ended = (name: ProbeName) => until(client, namespace, name, signal, (pod) => exitCodeOf(pod));
  const [ingress, egress] = await Promise.all([ended('open-caller'), ended('closed-caller')]);
  return judge(ingress, egress);
}

/** Pure: what the two callers' exit codes mean. */
export function judge(ingress: number, egress: number): PolicyVerdict {
  const known: readonly number[] = [probeExit.reached, probeExit.denied];
  if (!known.includes(ingress) || !known.includes(egress)) {
    throw new MoorageError(
      'unavailable',
      `Cannot find out whether policies are enforced: the probe pods could not talk where nothing denies it (exit codes ${ingress} and ${egress})`,
      { operation: 'verifyPolicies', context: { ingress, egress } },
    );
  }
  const words = (what: string, code: number) => `${what} was ${code === probeExit.denied ? 'denied' : 'let through'}`;
  const reason = `${words('a connection into a pod that takes none', ingress)}, ${words('one out of a pod that may make none', egress)}`;
  const enforced = ingress === probeExit.denied && egress === probeExit.denied;
  return { policies: enforced ? 'enforced' : 'unenforced', reason };
}

function addressOf(pod: PodObject): string | undefined {
  return statusOf(pod)?.state?.running ? pod.status?.podIP : undefined;
}

function exitCodeOf(pod: PodObject): number | undefined {
  return statusOf(pod)?.state?.terminated?.exitCode;
}

async function make(client: KubeClient, object: KubeObject, signal: AbortSignal): Promise<void> {
  const path = pathOf(object.kind as 'Pod', object.metadata.namespace);
  for (let time = 0; ; time += 1) {
    try {
      await client.json({ method: 'POST', path, body: object, signal });
      return;
    } catch (error) {
      // A namespace gets its service account a moment after it was made.
      const early = error instanceof Error && /serviceaccount "default" not found/.test(error.message);
      if (!early || time === 100) throw error;
      await scheduler.wait(100, { signal });
    }
  }
}

async function until<T>(
  client: KubeClient,
  namespace: string,
  name: ProbeName,
  signal: AbortSignal,
  look: (pod: PodObject) => T | undefined,
): Promise<T> {
  for (;;) {
    const pod = await client.json<PodObject>({ method: 'GET', path: pathOf('Pod', namespace, name), signal });
    const found = look(pod);
    if (found !== undefined) return found;
    const { reason, message } = statusOf(pod)?.state?.waiting ?? {};
    if (reason !== undefined && /ImagePull|InvalidImage|ErrImage|CreateContainer/.test(reason)) {
      throw new MoorageError(
        'unavailable',
        `Cannot find out whether policies are enforced: the probe pod cannot be started (${reason}: ${message ?? ''}). Give another image`,
        { operation: 'verifyPolicies', context: { reason } },
      );
    }
    await scheduler.wait(250, { signal });
  }
}

async function remove(client: KubeClient, namespace: string): Promise<void> {
  const path = pathOf('Namespace', undefined, namespace);
  await client.json({ method: 'DELETE', path, signal: AbortSignal.timeout(10_000) });
}

const abandonedMs = 10 * 60_000;

/** What a process that was killed left behind. */
async function removeOldProbes(client: KubeClient, signal: AbortSignal): Promise<void> {
  const selector = Object.entries(probeLabels).map(([key, value]) => `${key}=${value}`);
  const query = { labelSelector: selector.join(',') };
  const path = pathOf('Namespace');
  const { items } = await client.json<{ readonly items?: readonly KubeObject[] | null }>({
    method: 'GET',
    path,
    query,
    signal,
  });
  for (const { metadata } of items ?? []) {
    const age = Date.now() - Date.parse(metadata.creationTimestamp ?? '');
    if (age > abandonedMs && metadata.deletionTimestamp === undefined) await remove(client, metadata.name);
  }
}

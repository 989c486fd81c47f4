import { MoorageError } from '@moorage/core/driver';
import { classifyError } from './classify-error.js';
import { type ConnectionOptions, kubeClient } from './kube-client.js';
import type { PodObject } from './kube-objects.js';
import { type ProbeRoom, probeRoom } from './probe-room.js';
import { statusOf } from './to-instance.js';
import { type ProbeName, probeExit, toProbePod, toProbePolicies } from './to-probes.js';

export interface VerifyPoliciesOptions extends ConnectionOptions {
  /** As the driver's: the pods are made there. Default: in a namespace of their own. */
  readonly namespace?: string | undefined;
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
 * Finds out whether the cluster's network enforces NetworkPolicies, by pods that try what is denied, and that are
 * removed afterwards. Takes some seconds; keep the answer for as long as the cluster's network plugin
 * stays. Errors: `unavailable` when the pods do not come up or cannot talk at all, `permission_denied`, `timeout`.
 */
export async function verifyPolicies(options: VerifyPoliciesOptions = {}): Promise<PolicyVerdict> {
  const signal = options.signal ?? AbortSignal.timeout(120_000);
  const client = kubeClient(options);
  const scene = { operation: 'verifyPolicies', action: 'Cannot find out whether policies are enforced', signal };
  const doing = 'find out whether policies are enforced';
  let room: ProbeRoom | undefined;
  try {
    room = await probeRoom({ client, namespace: options.namespace, doing, signal });
    return await tryDenied(room, options);
  } catch (error) {
    throw classifyError(error, { ...scene, address: client.address });
  } finally {
    await room?.remove();
    client.close();
  }
}

async function tryDenied(room: ProbeRoom, given: VerifyPoliciesOptions): Promise<PolicyVerdict> {
  const options = {
    image: given.image ?? 'node:22-alpine',
    imagePullPolicy: given.imagePullPolicy ?? 'IfNotPresent',
    imagePullSecrets: [],
    runtimeClassName: undefined,
  } as const;
  for (const policy of toProbePolicies(room)) await room.create(policy);
  await room.create(toProbePod('open-server', room, options));
  await room.create(toProbePod('closed-server', room, options));
  const look = <T>(name: ProbeName, found: (pod: PodObject) => T | undefined) =>
    room.until(`${room.id}-${name}`, found);
  const running = (name: ProbeName) => look(name, addressOf);
  const [open, closed] = await Promise.all([running('open-server'), running('closed-server')]);
  await room.create(toProbePod('open-caller', room, options, { open, asked: closed }));
  await room.create(toProbePod('closed-caller', room, options, { asked: open }));
  const ended = (name: ProbeName) => look(name, exitCodeOf);
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

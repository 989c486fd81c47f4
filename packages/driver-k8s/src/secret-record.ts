import type { KubeObject } from './kube-objects.js';
import { annotation } from './labels.js';

/** Names of the Secrets that are there, or will be, as a deployment's policy remembers them. Pure. */
export function recordedSecrets({ metadata }: KubeObject): readonly string[] {
  return (metadata.annotations?.[annotation.secrets] ?? '').split(',').filter(Boolean);
}

/**
 * The policy that remembers these names and no others. The hash of what it says leaves them out: they change while its
 * wish stays the same. Pure.
 */
export function withRecord(policy: KubeObject, names: readonly string[]): KubeObject {
  const { metadata } = policy;
  const { [annotation.secrets]: _before, ...others } = metadata.annotations ?? {};
  const record: Record<string, string> = {};
  if (names.length > 0) record[annotation.secrets] = [...new Set(names)].sort().join(',');
  return { ...policy, metadata: { ...metadata, annotations: { ...others, ...record } } };
}

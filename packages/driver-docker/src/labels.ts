import type { InstanceSpec } from '@moorage/core/driver';

/** Names of the labels on everything of ours. What lacks `owner` or carries another one is never touched. */
export const label = {
  owner: 'moorage.owner',
  /** `agent` or `run` on a container; `network`, `volume` or `marker` on the rest. */
  kind: 'moorage.kind',
  /** The instance's name; the container's own name carries a suffix while it is parked by `stop`. */
  name: 'moorage.name',
  deployment: 'moorage.deployment',
  tenant: 'moorage.tenant',
  agent: 'moorage.agent',
  ordinal: 'moorage.ordinal',
  attempt: 'moorage.attempt',
  hash: 'moorage.hash',
  restart: 'moorage.restart',
  port: 'moorage.port',
  /** Uid of the engine's marker when the container was made: each container proves which engine it is on. */
  engine: 'moorage.engine',
  egress: 'moorage.egress',
  /** Name of a volume in its manifest. */
  volume: 'moorage.volume',
  uid: 'moorage.uid',
  /** Hash of what an image was made from. */
  content: 'moorage.content',
} as const;

export type Labels = Readonly<Record<string, string>>;

/**
 * Added to a container's name while it is parked by `stop`: seen in every list, undone by `unpark`, no limit touched.
 */
export const parkedSuffix = '.parked';

/** Labels of one instance. Values of `env` and `secretEnv` never get here. */
export function labelsOf(spec: InstanceSpec, engine: string): Labels {
  return {
    [label.owner]: spec.owner,
    [label.kind]: spec.kind,
    [label.name]: spec.name,
    [label.deployment]: spec.deploymentId,
    [label.tenant]: spec.tenant,
    [label.agent]: spec.agentId,
    [label.ordinal]: String(spec.ordinal),
    [label.attempt]: String(spec.attempt),
    [label.hash]: spec.templateHash,
    [label.restart]: String(spec.restartEpoch),
    [label.port]: String(spec.port),
    [label.engine]: engine,
  };
}

/** True where the labels say that this is the instance which the spec describes. */
export function hasIdentity(labels: Labels | null, spec: InstanceSpec): boolean {
  const same = [label.owner, label.name, label.deployment, label.hash, label.ordinal, label.attempt] as const;
  const wanted = labelsOf(spec, '');
  return labels !== null && same.every((key) => labels[key] === wanted[key]);
}

/**
 * A filter of the engine's list calls: everything with all of these labels; `undefined` as value asks for the key only.
 */
export function labelFilter(wanted: Readonly<Record<string, string | undefined>>): string {
  const entries = Object.entries(wanted).map(([key, value]) => (value === undefined ? key : `${key}=${value}`));
  return JSON.stringify({ label: entries });
}

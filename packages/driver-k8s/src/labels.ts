import { createHash } from 'node:crypto';
import type { OwnerId, TenantId } from '@moorage/core/driver';

/** Keys on everything of ours. What lacks `owner` or carries another one is never touched. */
export const label = {
  owner: 'moorage.owner',
  deployment: 'moorage.deployment',
  /** Hash of the tenant's id: an id may hold anything, a label may not. */
  tenant: 'moorage.tenant',
  agent: 'moorage.agent',
  /** `agent` or `run` on a pod. */
  kind: 'moorage.kind',
  role: 'moorage.role',
} as const;

export const annotation = {
  tenant: 'moorage.tenant-id',
  agent: 'moorage.agent-id',
  hash: 'moorage.template-hash',
  restart: 'moorage.restart-epoch',
  generation: 'moorage.generation',
  wishedAt: 'moorage.wished-at',
  port: 'moorage.port',
  /** Hash of what was applied: equal means that there is nothing to write. */
  applied: 'moorage.applied',
  /** On a Deployment: all else that its wish is made of. */
  parts: 'moorage.parts',
  /** On a Deployment: hash of the host's settings that its other objects go by. */
  settings: 'moorage.settings',
  /** Names of a deployment's Secrets, on its policy: they are found by name, for they are never listed. */
  secrets: 'moorage.secrets',
  /** The instance's name where the pod has another one. */
  instance: 'moorage.instance',
  ordinal: 'moorage.ordinal',
  attempt: 'moorage.attempt',
} as const;

/** Name of the container in each pod. */
export const containerName = 'agent';

const prefixOfPeer = 'moorage.peer.';
const validValue = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

export function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** An id as the value of a label: itself where it is allowed, else a hash of it. */
export function labelValue(id: string): string {
  return validValue.test(id) ? id : `sha256-${shortHash(id, 40)}`;
}

/** On pods whose manifest declares that agent as a peer; its own policy lets them in. */
export function peerLabel(agentId: string): string {
  return `${prefixOfPeer}${shortHash(agentId, 24)}`;
}

/** A tenant's namespace; the owner is in it, so that two installations never meet. */
export function namespaceName(owner: OwnerId, tenant: TenantId): string {
  return `moor-${shortHash(JSON.stringify([owner, tenant]), 20)}`;
}

/** Deployment, Service, policy and the rest of one deployment. */
export function objectName(deploymentId: string): string {
  return `moor-${deploymentId}`;
}

/** One Secret for each version: instances of the version before go on with theirs. */
export function secretName(base: string, templateHash: string): string {
  return `${base}-${templateHash.slice(0, 8)}`;
}

export function ownerSelector(owner: OwnerId): string {
  return `${label.owner}=${labelValue(owner)}`;
}

import { MoorageError } from '@moorage/protocol/base';
import type { DesiredState } from '../model/deployment.js';
import { shardOf } from './shard-of.js';
import { checkKey } from './stored-text.js';

/** As much of a store's commit as can be judged without looking into the store. */
export interface CommitShape {
  readonly deploymentId: string;
  readonly expectedRevision: number | 'absent';
  readonly fence?: { readonly shard: number } | undefined;
  readonly desired?: DesiredState | undefined;
  readonly status?: unknown;
  readonly address?: { readonly id: string } | undefined;
  readonly drop?: boolean | undefined;
  readonly movePort?: unknown;
  readonly idempotency?: { readonly tenant: string; readonly key: string } | undefined;
}

/**
 * Refuses a commit that makes no sense whatever is stored: the caller's mistake, not a race. Every store calls it
 * first. Errors: `invalid_argument`.
 */
export function checkCommit(commit: CommitShape): void {
  const { deploymentId, desired, fence, address, idempotency } = commit;
  checkKey('the deployment id', deploymentId);
  if (desired !== undefined) {
    if (desired.id !== deploymentId) refuse(commit, `its desired state is of "${desired.id}"`);
    checkKey('tenant', desired.tenant);
    checkKey('agent_id', desired.agentId);
    checkKey('name', desired.name);
  }
  if (idempotency !== undefined) {
    checkKey('tenant', idempotency.tenant);
    checkKey('the idempotency key', idempotency.key);
  }
  if (commit.expectedRevision === 'absent') {
    if (desired === undefined || address === undefined) refuse(commit, 'a new one needs desired state and an address');
    if (commit.drop) refuse(commit, 'one that is absent cannot be dropped');
    checkKey('the address id', address.id);
  } else {
    if (address !== undefined) refuse(commit, 'an address is claimed when it is new, and kept');
    if (commit.movePort !== undefined && (desired === undefined || fence === undefined)) {
      refuse(commit, 'moving its port needs its desired state and the fence of its shard');
    }
    if (fence === undefined && (commit.status !== undefined || commit.drop)) {
      refuse(commit, 'writing status or dropping it needs the fence of its shard');
    }
  }
  if (fence !== undefined && fence.shard !== shardOf(deploymentId)) {
    refuse(commit, `its shard is ${shardOf(deploymentId)} and the fence is of shard ${fence.shard}`);
  }
}

function refuse(commit: CommitShape, why: string): never {
  throw new MoorageError('invalid_argument', `Cannot commit deployment "${commit.deploymentId}": ${why}`, {
    operation: 'store.commit',
    context: { deploymentId: commit.deploymentId },
  });
}

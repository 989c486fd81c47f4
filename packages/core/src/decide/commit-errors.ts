import { isMoorageError, MoorageError } from '@moorage/protocol/base';

const operation = 'store.commit';

/** Somebody else committed in between: read again and decide again. */
export function revisionConflict(deploymentId: string, expected: number | 'absent', found: number): MoorageError {
  return new MoorageError(
    'conflict',
    expected === 'absent'
      ? `Deployment "${deploymentId}" exists already at revision ${found}: choose another id`
      : `Deployment "${deploymentId}" is at revision ${found}, not ${expected}: read it again and repeat`,
    { operation, context: { deploymentId, expected, found } },
  );
}

export function absentRecord(deploymentId: string): MoorageError {
  return new MoorageError('not_found', `There is no deployment "${deploymentId}": it was removed, or never made`, {
    operation,
    context: { deploymentId },
  });
}

/** The shard's work belongs to another host process now, or to a later life of this one. */
export function fenceConflict(
  fence: { readonly shard: number; readonly token: number; readonly holder: string },
  token: number,
  holder: string | undefined,
): MoorageError {
  return new MoorageError(
    'conflict',
    `Shard ${fence.shard} is held by ${holder === undefined ? 'nobody' : `"${holder}"`} with token ${token}, ` +
      `not by "${fence.holder}" with token ${fence.token}: acquire its lease again first`,
    { operation, context: { shard: fence.shard, token, holder } },
  );
}

export function nameTaken(tenant: string, name: string, deploymentId: string): MoorageError {
  return new MoorageError(
    'already_exists',
    `Tenant "${tenant}" has a live deployment named "${name}" already ("${deploymentId}"): ` +
      'choose another name, update that one, or remove it first',
    { operation, context: { tenant, name, deploymentId } },
  );
}

export function idempotencyKeyUsed(record: { readonly key: string }, deploymentId: string): MoorageError {
  return new MoorageError(
    'conflict',
    `The idempotency key "${record.key}" was used already, for deployment "${deploymentId}": look that one up`,
    { operation, context: { key: record.key, deploymentId } },
  );
}

/** Two engines for one store: each would make anew what the other one has. `otherEngine` in the context tells it apart. */
export function otherEngine(
  mine: { readonly holder: string; readonly engine: string },
  other: { readonly holder: string; readonly engine: string },
): MoorageError {
  return new MoorageError(
    'conflict',
    `Host "${mine.holder}" works on engine "${mine.engine}", and host "${other.holder}" on this store on engine ` +
      `"${other.engine}": hosts on one store share one engine. Stop that one first, or give this one a store of its own`,
    { operation: 'store.acquireLeases', context: { otherEngine: other.engine, otherHost: other.holder } },
  );
}

export const isOtherEngine = (error: unknown): boolean =>
  isMoorageError(error) && error.code === 'conflict' && error.context?.otherEngine !== undefined;

export function noPortFree(range: { readonly from: number; readonly to: number }): MoorageError {
  const size = Math.max(0, range.to - range.from + 1);
  return new MoorageError(
    'resource_exhausted',
    `All ${size} host ports from ${range.from} to ${range.to} are taken: remove a deployment, or configure a wider range`,
    { operation, context: { limit: 'ports', value: size, used: size, wanted: 1, from: range.from, to: range.to } },
  );
}

export function tenantChanged(deploymentId: string, from: string, to: string): MoorageError {
  return new MoorageError(
    'invalid_argument',
    `Deployment "${deploymentId}" belongs to tenant "${from}" and cannot be given to "${to}": deploy it anew there`,
    { operation, context: { deploymentId } },
  );
}

/** A cursor before what retention kept, or after all that there is. */
export function cursorNotFound(cursor: string): MoorageError {
  return new MoorageError(
    'not_found',
    `The cursor "${cursor}" is not within the events that are kept: read the present state, and go on from the newest event`,
    { operation: 'store.events', context: { cursor } },
  );
}

export function storeClosed(name: string): MoorageError {
  return new MoorageError('cancelled', `The ${name} store is closed`, { operation: 'store' });
}

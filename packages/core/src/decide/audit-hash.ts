import { hash } from 'node:crypto';
import type { AuditRecord, NewAudit } from '../model/events.js';
import type { DeploymentId, EpochMs } from '../model/ids.js';
import { canonicalJson } from './canonical-json.js';

export { canonicalJson };

/** What the first link of a chain names as its predecessor. */
const genesis = '0'.repeat(64);

/** The end of a chain, as far as the next link needs it. */
export type AuditTail = Pick<AuditRecord, 'sequence' | 'hash'>;

/** Appends one link to a deployment's chain; `previous` is undefined for the first. */
export function linkAudit(
  previous: AuditTail | undefined,
  deploymentId: DeploymentId,
  entry: NewAudit,
  at: EpochMs,
): AuditRecord {
  const { actor, action, cause, details } = entry;
  const link = { deploymentId, sequence: (previous?.sequence ?? 0) + 1, at, actor, action, cause, details };
  const previousHash = previous?.hash ?? genesis;
  return { ...link, previousHash, hash: hashOf(previousHash, link) };
}

/**
 * Checks a whole chain, oldest first. Returns the index of the first record that was changed, left out, put in or
 * moved, or undefined when all is well. Records cut off at the end cannot be seen: compare the last hash with one kept
 * elsewhere.
 */
export function verifyAuditChain(records: readonly AuditRecord[]): number | undefined {
  let previous: AuditRecord | undefined;
  for (const [index, record] of records.entries()) {
    const { previousHash, hash, ...link } = record;
    const fits =
      record.sequence === (previous?.sequence ?? 0) + 1 &&
      previousHash === (previous?.hash ?? genesis) &&
      (previous === undefined || record.deploymentId === previous.deploymentId) &&
      hash === hashOf(previousHash, link);
    if (!fits) return index;
    previous = record;
  }
  return undefined;
}

function hashOf(previousHash: string, link: Omit<AuditRecord, 'previousHash' | 'hash'>): string {
  return hash('sha256', previousHash + canonicalJson(link), 'hex');
}

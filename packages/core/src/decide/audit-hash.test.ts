import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditRecord, NewAudit } from '../model/events.js';
import { linkAudit, verifyAuditChain } from './audit-hash.js';

const entries = fc.array(
  fc.record({
    actor: fc.string(),
    action: fc.string(),
    cause: fc.string(),
    details: fc.dictionary(fc.string(), fc.jsonValue()),
  }),
  { minLength: 1, maxLength: 12 },
);

function chainOf(news: readonly NewAudit[], deploymentId = 'd-1'): AuditRecord[] {
  const chain: AuditRecord[] = [];
  for (const [index, entry] of news.entries()) chain.push(linkAudit(chain.at(-1), deploymentId, entry, index));
  return chain;
}

describe('an audit chain', () => {
  it('verifies as it is and after a trip through JSON, as does every beginning of it', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (news, cut) => {
        const chain = chainOf(news);
        expect(verifyAuditChain(chain)).toBeUndefined();
        expect(verifyAuditChain(JSON.parse(JSON.stringify(chain)) as AuditRecord[])).toBeUndefined();
        expect(verifyAuditChain(chain.slice(0, cut % (chain.length + 1)))).toBeUndefined();
        expect(chain.map((record) => record.sequence)).toEqual(news.map((_, index) => index + 1));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('shows the first record that was changed, left out or doubled', () => {
    fc.assert(
      fc.property(
        entries,
        fc.nat(),
        fc.constantFrom('actor', 'action', 'cause', 'at', 'hash'),
        (news, place, field) => {
          const chain = chainOf(news);
          const index = place % chain.length;
          const forged = chain.map((record, at) =>
            at === index ? { ...record, [field]: field === 'at' ? -1 : `${record[field]}!` } : record,
          );
          expect(verifyAuditChain(forged)).toBe(index);
          const doubled = chain.flatMap((record, at) => (at === index ? [record, record] : [record]));
          expect(verifyAuditChain(doubled)).toBe(index + 1);
          const shorter = chain.filter((_, at) => at !== index);
          expect(verifyAuditChain(shorter)).toBe(index === chain.length - 1 ? undefined : index);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('does not take a record of another deployment, even one of the right number', () => {
    const entry = { actor: 'operator', action: 'scale', cause: 'because', details: {} };
    const mine = chainOf([entry, entry]);
    const other = chainOf([entry, entry], 'd-2');
    expect(verifyAuditChain([mine[0], other[1]].filter((record) => record !== undefined))).toBe(1);
  });
});

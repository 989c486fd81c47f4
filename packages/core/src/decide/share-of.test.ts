import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shardCount } from '../model/shard-count.js';
import { shareOf } from './share-of.js';

const hosts = fc.uniqueArray(fc.stringMatching(/^h-[a-z2-7]{16}$/), { minLength: 1, maxLength: 6 });

it('gives each shard to exactly one host, and one host alone all of them', () => {
  fc.assert(
    fc.property(hosts, (alive) => {
      const shares = alive.map((host) => shareOf(host, alive));
      for (let shard = 0; shard < shardCount; shard += 1) {
        expect(shares.filter((share) => share.has(shard))).toHaveLength(1);
      }
      expect(shareOf('h-alone', []).size).toBe(shardCount);
    }),
    { numRuns: 200, seed: 1 },
  );
});

it('moves only the share of the host that goes', () => {
  fc.assert(
    fc.property(hosts, (alive) => {
      const [gone, ...rest] = alive;
      for (const host of rest) {
        const before = shareOf(host, alive);
        const after = shareOf(host, rest);
        expect([...before].every((shard) => after.has(shard))).toBe(true);
      }
      expect(gone).toBeDefined();
    }),
    { numRuns: 200, seed: 2 },
  );
});

it('shares out fairly enough between two', () => {
  const sizes = Array.from(
    { length: 50 },
    (_, index) => shareOf(`h-${index}`, [`h-${index}`, `h-${index + 100}`]).size,
  );
  expect(Math.min(...sizes)).toBeGreaterThan(shardCount / 5);
});

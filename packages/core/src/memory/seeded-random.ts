import type { Random } from '../ports/random.js';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** The same seed gives the same numbers and ids, on every machine. Guessable; for tests and simulations only. */
export function seededRandom(seed: number): Random {
  let counter = Math.trunc(seed) >>> 0;
  // A Weyl sequence put through a 32-bit mixer with full avalanche: small, and good enough for schedules and jitter.
  function word(): number {
    counter = (counter + 0x9e3779b9) >>> 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
  return {
    next: () => word() / 2 ** 32,
    id: (length) => Array.from({ length }, () => alphabet[word() >>> 27]).join(''),
  };
}

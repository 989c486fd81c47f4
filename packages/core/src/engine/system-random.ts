import { randomBytes, randomFillSync } from 'node:crypto';
import type { Random } from '../ports/random.js';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

const numberBytes = 6;

/** Fetched many at a time: the call costs more than the bytes. */
const pool = Buffer.alloc(numberBytes * 512);
let used = pool.length;

function nextNumber(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const value = pool.readUIntBE(used, numberBytes) / 2 ** (8 * numberBytes);
  used += numberBytes;
  return value;
}

/** The machine's cryptographic randomness: ids are unguessable. */
export const systemRandom: Random = {
  next: nextNumber,
  // 32 divides 256, so the low five bits of a random byte are uniform.
  id: (length) => Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join(''),
};

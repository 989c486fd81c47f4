import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/random.js';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** The machine's cryptographic randomness: ids are unguessable. */
export const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  // 32 divides 256, so the low five bits of a random byte are uniform.
  id: (length) => Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join(''),
};

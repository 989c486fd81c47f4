import { createHash } from 'node:crypto';

/**
 * First `length` hex digits of the text's SHA-256: a name for something whose own name may be long or in any script.
 */
export function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

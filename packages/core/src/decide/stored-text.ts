import { MoorageError } from '@moorage/protocol/base';

/** Longest key a store takes, in bytes of UTF-8: two of them must fit one index entry of PostgreSQL. */
export const maxKeyBytes = 1280;

const notText = /\0|\p{Surrogate}/u;

/**
 * Refuses what cannot be kept and found again as a key: empty, over-long, with a zero character or half a surrogate
 * pair. Errors: `invalid_argument`, naming the field.
 */
export function checkKey(field: string, value: string): void {
  const problem = problemOf(value);
  if (problem === undefined) return;
  const shown = value.length > 64 ? `${value.slice(0, 64)}…` : value;
  throw new MoorageError('invalid_argument', `Cannot store ${field} ${JSON.stringify(shown)}: ${problem}`, {
    operation: 'store.commit',
    context: { field, limit: maxKeyBytes },
  });
}

/** Whether a store can have it as a key; what cannot be one is found by no lookup. */
export function isKey(value: string): boolean {
  return problemOf(value) === undefined;
}

function problemOf(value: string): string | undefined {
  if (value === '') return 'it is empty; give at least one character';
  if (notText.test(value)) return 'it has a zero character or half a surrogate pair; use well-formed text';
  const bytes = Buffer.byteLength(value);
  if (bytes > maxKeyBytes) return `it has ${bytes} bytes of UTF-8 and at most ${maxKeyBytes} are kept; shorten it`;
  return undefined;
}

/**
 * Free text that agents or engines wrote: what no database takes is replaced, so that a strange byte loses no record.
 */
export function cleanText(value: string): string {
  return notText.test(value) ? value.replace(/\0|\p{Surrogate}/gu, '\uFFFD') : value;
}

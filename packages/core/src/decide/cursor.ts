import { MoorageError } from '@moorage/protocol/base';

/** What a cursor walks through; one kind is refused where another is meant. */
export type CursorKind = 'event' | 'deployment' | 'usage';

const prefixes: Readonly<Record<CursorKind, string>> = { event: 'e', deployment: 'p', usage: 'u' };

/** Makes the opaque text for a position. */
export function formatCursor(kind: CursorKind, position: number): string {
  return prefixes[kind] + String(position);
}

/** Reads a cursor made by {@link formatCursor}. Errors: `invalid_argument`. */
export function parseCursor(kind: CursorKind, text: string): number {
  if (text.startsWith(prefixes[kind]) && /^\d{1,15}$/.test(text.slice(1))) return Number(text.slice(1));
  throw new MoorageError(
    'invalid_argument',
    `Cannot read the cursor ${JSON.stringify(text.slice(0, 64))}: use one that the store gave for this kind of list`,
    { operation: 'store.page', context: { kind } },
  );
}

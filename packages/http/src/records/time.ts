/** Milliseconds since 1970 as the wire has it. */
export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();

export const isoTimeOrNull = (epochMs: number | undefined): string | null =>
  epochMs === undefined ? null : isoTime(epochMs);

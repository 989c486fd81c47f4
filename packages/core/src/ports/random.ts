/** Randomness, injected: one seed replays a history. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `length` characters of lower-case base32 (a-z, 2-7); unguessable in the system's form. */
  id(length: number): string;
}

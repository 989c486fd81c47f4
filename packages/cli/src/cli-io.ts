/** What the tool has of the world; a test gives its own. */
export interface CliIo {
  /** Results, whole lines. */
  out(text: string): void;
  /** What went wrong, whole lines. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user ends it. */
  readonly signal: AbortSignal;
}

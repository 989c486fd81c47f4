/** One line per event for the operator. Must not throw; wrapped so that it cannot hurt the host. */
export interface Logger {
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const acceptable = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's `X-Request-Id` when it is harmless in a log line, else a new one. */
export function requestId(given: string | null | undefined): string {
  return given && acceptable.test(given) ? given : crypto.randomUUID();
}

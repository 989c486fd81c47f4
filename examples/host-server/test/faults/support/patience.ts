/** For states: much more than a slow machine takes. Nothing here depends on how long something took. */
export const patience = { deadlineMs: 90_000 };
export const readyIn = { timeoutMs: 90_000 };
/** Limit of a test that waits for several states in a row. */
export const longTest = { timeout: 180_000 };

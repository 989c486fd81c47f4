/** For states: much more than a slow machine takes. Nothing here depends on how long something took. */
export const patience = { deadlineMs: 150_000 };
export const readyIn = { timeoutMs: 150_000 };
/** Limit of a test that waits for several states in a row. */
export const longTest = { timeout: 300_000 };

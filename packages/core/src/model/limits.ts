/** Limits that hold everywhere in core. A refusal names the limit, its value and what frees it. */

/** Instances of one deployment. */
export const maxInstancesPerDeployment = 1_000;

/** Characters of a deployment's name, of a tenant's id and of an idempotency key. */
export const maxNameLength = 255;

/** Records of one page when the caller does not say. */
export const defaultPageSize = 100;

/** Records of one page at most. */
export const maxPageSize = 1_000;

/** Lines that `tail` may ask for. */
export const maxLogTail = 10_000;

/** Log lines kept with an incident. */
export const incidentLogLines = 50;

/** Usage samples kept with an incident. */
export const incidentUsageSamples = 60;

/** Usage events of one `trackUsage` call. */
export const maxUsageEventsPerCall = 1_000;

/** Health probes in flight at once, over all instances of one host. */
export const maxConcurrentProbes = 256;

/** Bytes of a health answer that are read. */
export const maxHealthBodyBytes = 4_096;

/** Engine calls at once when `concurrency` is not given. */
export const defaultEngineConcurrency = 8;

/** Longest time that `ready()` waits when `timeoutMs` is not given. */
export const defaultReadyTimeoutMs = 300_000;

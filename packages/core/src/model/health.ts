import type { EpochMs, InstanceName } from './ids.js';

/** How an agent's health is judged; the manifest's `probes` with the defaults filled in. */
export interface HealthPolicy {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  /** Failures before the first success do not count until this much time has passed since the start. */
  readonly startPeriodMs: number;
  readonly degradedLatencyMs: number | undefined;
  readonly degradedLoad: number | undefined;
}

export type HealthStatus = 'unknown' | 'starting' | 'healthy' | 'degraded' | 'unhealthy';

export type ProbeErrorCode = 'timeout' | 'refused' | 'status' | 'body' | 'aborted' | 'network';

/** What one probe found. `inconclusive`: our own event loop was blocked, so nothing is said about the target. */
export type ProbeResult =
  | {
      readonly kind: 'pass';
      readonly responseTimeMs: number;
      readonly load: number | undefined;
      readonly warn: boolean;
    }
  | { readonly kind: 'fail'; readonly responseTimeMs: number; readonly error: ProbeErrorCode; readonly message: string }
  | { readonly kind: 'inconclusive'; readonly reason: string };

/** What is known of one instance's health. Times here are monotonic milliseconds of this process. */
export interface HealthState {
  readonly status: HealthStatus;
  readonly startedAtMs: number;
  readonly everPassed: boolean;
  readonly consecutiveFailures: number;
  readonly consecutiveSuccesses: number;
  /** Exponentially weighted mean of the response time, in ms. */
  readonly meanMs: number | undefined;
  readonly load: number | undefined;
  readonly lastError: string | undefined;
  readonly changedAtMs: number;
}

/** One row of `health_checks`. */
export interface HealthCheckRecord {
  readonly deploymentId: string;
  readonly instance: InstanceName;
  readonly status: 'ok' | 'error';
  readonly responseTimeMs: number;
  readonly load: number | undefined;
  readonly errorMessage: string | undefined;
  readonly checkedAt: EpochMs;
}

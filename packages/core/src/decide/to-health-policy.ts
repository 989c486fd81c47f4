import type { Manifest } from '@moorage/protocol/base';
import type { HealthPolicy } from '../model/health.js';

/**
 * The manifest's probes with the defaults of the reference filled in (interval 10 s, timeout 2 s, 3 failures, 1
 * success, 30 s to start).
 */
export function toHealthPolicy(manifest: Manifest): HealthPolicy {
  const probes = manifest.runtime?.probes ?? {};
  const intervalMs = probes.interval_ms ?? 10_000;
  return {
    path: manifest.runtime?.health_path ?? '/health',
    intervalMs,
    timeoutMs: probes.timeout_ms ?? Math.min(2_000, Math.max(10, intervalMs - 1)),
    failureThreshold: probes.failure_threshold ?? 3,
    successThreshold: probes.success_threshold ?? 1,
    startPeriodMs: probes.start_period_ms ?? 30_000,
    degradedLatencyMs: probes.degraded_latency_ms,
    degradedLoad: probes.degraded_load,
  };
}

import type { ProbeResult } from '../model/health.js';
import type { AgentTransport } from '../ports/agent-transport.js';
import type { Clock } from '../ports/clock.js';
import type { WatchedTarget } from './health-target.js';

export interface ProbeRunnerOptions {
  readonly clock: Clock;
  readonly transport: AgentTransport;
  readonly concurrency: number;
  readonly onStart: (target: WatchedTarget, nowMs: number) => void;
  readonly onResult: (target: WatchedTarget, result: ProbeResult, startedMs: number) => void;
}

/** Sends probes, so many at once; the others wait in the order in which they came. */
export interface ProbeRunner {
  submit(target: WatchedTarget): void;
  /** Takes it out of the queue; a probe that is under way goes on. */
  withdraw(target: WatchedTarget): void;
  /** Waits here or is under way. */
  has(target: WatchedTarget): boolean;
  counts(): { readonly inFlight: number; readonly queued: number };
  close(): void;
}

export function probeRunner(options: ProbeRunnerOptions): ProbeRunner {
  const queue = new Set<WatchedTarget>();
  const inFlight = new Set<WatchedTarget>();
  let closed = false;

  function launch(target: WatchedTarget): void {
    const startedMs = options.clock.monotonic();
    inFlight.add(target);
    options.onStart(target, startedMs);
    probe(options.transport, target).then((result) => {
      inFlight.delete(target);
      if (!closed) options.onResult(target, result, startedMs);
      launchQueued();
    });
  }

  function launchQueued(): void {
    for (const target of queue) {
      if (closed || inFlight.size >= options.concurrency) return;
      queue.delete(target);
      launch(target);
    }
  }

  return {
    submit(target) {
      queue.add(target);
      launchQueued();
    },
    withdraw: (target) => queue.delete(target),
    has: (target) => inFlight.has(target) || queue.has(target),
    counts: () => ({ inFlight: inFlight.size, queued: queue.size }),
    close() {
      closed = true;
      queue.clear();
    },
  };
}

/** A transport that breaks its promise and rejects must not stop the rounds. */
async function probe(transport: AgentTransport, target: WatchedTarget): Promise<ProbeResult> {
  try {
    return await transport.probe(target.endpoint, target.policy.path, target.policy.timeoutMs);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { kind: 'fail', responseTimeMs: 0, error: 'network', message };
  }
}

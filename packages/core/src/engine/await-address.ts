import { MoorageError } from '@moorage/protocol/base';
import type { Endpoint } from '../model/instance.js';
import type { HostContext } from './host-context.js';

const longestMs = 5_000;
const probeMs = 1_000;
const betweenMs = 100;

/**
 * Waits until an address that the engine itself gives leads to the agent, five seconds and `limitMs` at most: an
 * orchestrator tells that pods are ready a moment before every node knows the way to them. What cannot be reached from
 * this host (a name that is known in the cluster only) holds nobody up for longer. Errors: `cancelled`.
 */
export async function awaitAddress(
  { transport, clock }: HostContext,
  wait: {
    readonly endpoint: Endpoint;
    readonly path: string;
    readonly limitMs: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const deadline = clock.monotonic() + Math.min(longestMs, wait.limitMs);
  for (let leftMs = deadline - clock.monotonic(); leftMs > 0; leftMs = deadline - clock.monotonic()) {
    if (wait.signal?.aborted) {
      const operation = 'deployment.ready';
      throw new MoorageError('cancelled', `${operation} was cancelled`, { operation });
    }
    const found = await transport.probe(wait.endpoint, wait.path, Math.min(probeMs, leftMs));
    if (found.kind === 'pass') return;
    await new Promise<void>((resolve) => void clock.setTimer(betweenMs, resolve));
  }
}

import type { Endpoint } from '../model/instance.js';
import type { HostContext } from './host-context.js';

const limitMs = 5_000;
const probeMs = 1_000;
const betweenMs = 100;

/**
 * Waits until an address that the engine itself gives leads to the agent, a few seconds at most: an orchestrator tells
 * that pods are ready a moment before every node knows the way to them. What cannot be reached from this host (a name
 * that is known in the cluster only) holds nobody up for longer.
 */
export async function awaitAddress(
  { transport, clock }: HostContext,
  endpoint: Endpoint,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = clock.monotonic() + limitMs;
  while (!signal?.aborted && clock.monotonic() < deadline) {
    const found = await transport.probe(endpoint, path, probeMs);
    if (found.kind === 'pass') return;
    await new Promise<void>((resolve) => void clock.setTimer(betweenMs, resolve));
  }
}

import { createClient, isMoorageError } from '@moorage/protocol';
import type { AgentSource } from './rig.js';
import type { Slot } from './slots.js';
import type { Ask, Outcome } from './wish.js';

/** Longer than a host is ever frozen. */
const patienceMs = 45_000;

/** Codes by which a host says that nothing was done. */
const refusals = new Set(['not_found', 'already_exists', 'invalid_argument', 'unsupported', 'permission_denied']);

/** The manifest of a slot's agent in a version. */
export function manifestOf(slot: Slot, version: number, source: AgentSource): Record<string, unknown> {
  const env = [
    { name: 'AGENT', value: slot.agentId },
    { name: 'CUSTOMER', value: slot.tenant },
    { name: 'VERSION', value: String(version) },
  ];
  if (slot.keepsState) env.push({ name: 'KEEP', value: '/data/born' });
  return {
    agent_id: slot.agentId,
    name: slot.agentId,
    version: `${version}.0.0`,
    runtime: {
      ...source,
      grace_ms: 2_000,
      // A good agent is not taken for a bad one because the machine is slow.
      probes: { start_period_ms: 120_000, interval_ms: 6_000, timeout_ms: 5_000, failure_threshold: 6 },
      rollout_deadline_ms: 900_000,
      env,
      ...(slot.keepsState ? { state: { volumes: [{ name: 'data', path: '/data' }] } } : {}),
    },
  };
}

/** Sends one request over HTTP and tells what has become of it. `key`: the same again is the same request. */
export async function sendAsk(url: string, slot: Slot, ask: Ask, source: AgentSource, key: string): Promise<Outcome> {
  const client = createClient({ url });
  const signal = AbortSignal.timeout(patienceMs);
  const target = { agent_id: slot.agentId, customer_id: slot.tenant };
  const send = async (): Promise<boolean | undefined> => {
    switch (ask.kind) {
      case 'deploy': {
        const manifest = manifestOf(slot, ask.version, source);
        const params = { customer_id: slot.tenant, manifest, wait_ms: 0 };
        return (await client.createContainer(params, { signal, idempotencyKey: key })).created;
      }
      case 'update':
        await client.updateContainer(
          { ...target, manifest: manifestOf(slot, ask.version, source), wait_ms: 0 },
          { signal },
        );
        return undefined;
      case 'scale':
        await client.scaleAgent({ ...target, instances: ask.replicas }, { signal });
        return undefined;
      case 'park':
        await client.parkContainer({ ...target, depth: ask.depth }, { signal });
        return undefined;
      case 'unpark':
        await client.unparkContainer(target, { signal });
        return undefined;
      case 'restart':
        await client.restartContainer(target, { signal });
        return undefined;
      case 'delete':
        await client.deleteContainer(target, { signal });
        return undefined;
    }
  };
  try {
    return { kind: 'acknowledged', created: await send() };
  } catch (thrown) {
    const code = isMoorageError(thrown) ? thrown.code : 'internal';
    if (refusals.has(code) || (code === 'conflict' && ask.kind === 'deploy')) return { kind: 'refused', code };
    // The host itself may still be at it when it says that the time is over.
    const why = thrown instanceof Error && /Cannot reach/.test(thrown.message) ? 'no connection' : code;
    return { kind: 'lost', late: code === 'timeout', why };
  }
}

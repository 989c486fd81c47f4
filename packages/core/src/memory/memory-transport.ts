import type { ProbeErrorCode, ProbeResult } from '../model/health.js';
import type { AgentTransport } from '../ports/agent-transport.js';
import type { MemoryEngine } from './memory-engine.js';
import { memoryHost } from './memory-instance.js';

/** Probes simulated instances: what they answer is their behaviour, and waiting is the engine's clock. */
export function memoryTransport(engine: MemoryEngine): AgentTransport {
  const { clock, behaviourOf, byPort } = engine.inside;
  const pass = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimer(ms, resolve));

  return {
    async probe(endpoint, path, timeoutMs): Promise<ProbeResult> {
      const instance = endpoint.host === memoryHost ? byPort.get(endpoint.port) : undefined;
      if (!instance) return failure(0, 'refused', `Nothing listens at ${endpoint.host}:${endpoint.port}`);
      const behaviour = behaviourOf(instance.spec);
      const { health, responseTimeMs } = behaviour;
      const warm = engine.inside.warm(instance);
      if (instance.state === 'paused' || (warm && (health === 'hang' || responseTimeMs > timeoutMs))) {
        await pass(timeoutMs);
        return failure(timeoutMs, 'timeout', `No answer within ${timeoutMs} ms`);
      }
      if (!warm) return failure(0, 'refused', `Nothing listens at ${endpoint.host}:${endpoint.port}`);
      if (responseTimeMs > 0) await pass(responseTimeMs);
      // It may have ended while the answer was under way.
      if (byPort.get(endpoint.port) !== instance) {
        return failure(responseTimeMs, 'network', 'The connection was closed before an answer');
      }
      const status = health === 'fail' ? 503 : (engine.request(endpoint.port, path)?.status ?? 200);
      if (status !== 200) return failure(responseTimeMs, 'status', `The agent answered ${status}`);
      return { kind: 'pass', responseTimeMs, load: behaviour.load, warn: health === 'degraded' };
    },
    async close() {},
  };
}

function failure(responseTimeMs: number, error: ProbeErrorCode, message: string): ProbeResult {
  return { kind: 'fail', responseTimeMs, error, message };
}

import type { ProbeResult } from '../model/health.js';
import type { Endpoint } from '../model/instance.js';

/** How the host asks an agent for its health. */
export interface AgentTransport {
  /** Never rejects: a failure is a result. Reads at most 4 KiB of the body. */
  probe(endpoint: Endpoint, path: string, timeoutMs: number): Promise<ProbeResult>;
  close(): Promise<void>;
}

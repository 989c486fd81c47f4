import { randomBytes } from 'node:crypto';
import type { Template, Workload } from '@moorage/core/driver';

export type WorkloadChanges = Partial<Omit<Workload, 'template'>> & { readonly template?: Partial<Template> };

const command = ['node', '/agent/agent.mjs'];

/** One instance of the conformance agent, with an id of its own. */
export function sampleWorkload(owner: string, image: string, given: WorkloadChanges = {}): Workload {
  const agentId = given.agentId ?? 'agent.test';
  const { template, ...rest } = given;
  return {
    owner,
    // A namespace on its way out takes nothing in: no two wishes share one unless they say so.
    tenant: `tenant-${randomBytes(5).toString('hex')}`,
    deploymentId: `d-${randomBytes(8).toString('hex')}`,
    agentId,
    generation: 1,
    templateHash: 'a'.repeat(64),
    restartEpoch: 0,
    secretEnv: {},
    health: {
      path: '/health',
      intervalMs: 1_000,
      timeoutMs: 1_000,
      failureThreshold: 3,
      successThreshold: 1,
      startPeriodMs: 30_000,
      degradedLatencyMs: undefined,
      degradedLoad: undefined,
    },
    rolloutDeadlineMs: 60_000,
    replicas: { fixed: 1 },
    ...rest,
    template: {
      agentId,
      source: { kind: 'image', image },
      command,
      env: [],
      port: 8080,
      healthPath: '/health',
      resources: { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined },
      user: '65534:65534',
      readOnlyRoot: true,
      isolated: false,
      egress: 'internet',
      peers: [],
      volumes: [],
      graceMs: 2_000,
      ...template,
    },
  };
}

import type { Commit } from '@moorage/core/store';

/** The commit that makes a deployment. */
export function newDeployment(id: string): Commit {
  const health = {
    path: '/health',
    intervalMs: 10_000,
    timeoutMs: 2_000,
    failureThreshold: 3,
    successThreshold: 1,
    startPeriodMs: 30_000,
    degradedLatencyMs: undefined,
    degradedLoad: undefined,
  };
  return {
    deploymentId: id,
    expectedRevision: 'absent',
    address: { id: `a-${id}`, ports: undefined },
    events: [
      { type: 'deployment-created', deploymentId: id, tenant: 't', agentId: 'agent.sample', message: 'made', data: {} },
    ],
    audit: [{ actor: 'operator', action: 'deploy', cause: 'a test', details: {} }],
    desired: {
      id,
      tenant: 't',
      agentId: 'agent.sample',
      name: id,
      manifest: { agent_id: 'agent.sample', name: 'Sample', version: '1.0.0' },
      generation: 1,
      template: {
        agentId: 'agent.sample',
        source: { kind: 'image', image: 'sample:1' },
        command: undefined,
        env: [],
        port: 8080,
        healthPath: '/health',
        resources: { cpuMillis: 250, memoryBytes: 64_000_000, diskBytes: undefined, pids: undefined },
        user: '65534:65534',
        readOnlyRoot: true,
        isolated: false,
        egress: 'internet',
        peers: [],
        volumes: [],
        graceMs: 10_000,
      },
      templateHash: '0123456789abcdef',
      health,
      rolloutDeadlineMs: 300_000,
      replicas: 1,
      parked: false,
      restartEpoch: 0,
      deletedAt: undefined,
      createdAt: 1,
      updatedAt: 1,
    },
  };
}

import type { Workload } from '@moorage/core/driver';
import { defaultNetworkOptions } from '../src/to-network-policies.js';
import type { ObjectOptions } from '../src/to-objects.js';

/** A wish that says something of everything, for the mappings. */
export const options: ObjectOptions = {
  ...defaultNetworkOptions,
  namespace: undefined,
  serviceType: 'ClusterIP',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  runtimeClassName: undefined,
  runs: { keepMs: 3_600_000, runtimeClassName: undefined },
  volumes: undefined,
  quota: undefined,
  scaleDownWindowMs: undefined,
};

export const workload: Workload = {
  owner: 'owner-1',
  tenant: 'Müller & Söhne',
  deploymentId: 'd-abcdefghijklmnop',
  agentId: 'agent.calculator',
  generation: 4,
  templateHash: '0123456789abcdef',
  restartEpoch: 2,
  template: {
    agentId: 'agent.calculator',
    source: { kind: 'image', image: 'calculator:1' },
    command: ['node', '$HOME/agent.mjs'],
    env: [
      { name: 'GREETING', value: 'costs $(PRICE)' },
      { name: 'TOKEN', secret: { version: 1, sealed: 'sealed-text' } },
    ],
    port: 8080,
    healthPath: '/health',
    resources: { cpuMillis: 1500, memoryBytes: 1024, diskBytes: undefined, pids: undefined },
    user: '1000:2000',
    readOnlyRoot: true,
    isolated: false,
    egress: 'internet',
    peers: ['agent.other'],
    volumes: [],
    graceMs: 1_500,
  },
  secretEnv: { TOKEN: 'swordfish' },
  health: {
    path: '/health',
    intervalMs: 10_000,
    timeoutMs: 2_000,
    failureThreshold: 3,
    successThreshold: 1,
    startPeriodMs: 30_000,
    degradedLatencyMs: undefined,
    degradedLoad: undefined,
  },
  rolloutDeadlineMs: 90_500,
  replicas: { fixed: 1 },
};

import { type InstanceSpec, instanceName } from '@moorage/core/driver';
import { uniqueName } from './engine-tools.js';

const templateHash = 'abcdef0123456789'.repeat(4);

/** A spec with a deployment of its own; what a test is about comes in `given`. */
export function testSpec(owner: string, image: string, given: Partial<InstanceSpec> = {}): InstanceSpec {
  const deploymentId = given.deploymentId ?? uniqueName('d');
  return {
    kind: 'agent',
    name: instanceName(deploymentId, templateHash, 0, 1),
    owner,
    tenant: 'tenant-a',
    deploymentId,
    agentId: 'agent.test',
    ordinal: 0,
    attempt: 1,
    templateHash,
    restartEpoch: 0,
    source: { kind: 'image', image },
    command: undefined,
    env: {},
    secretEnv: {},
    port: 8080,
    resources: { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined },
    user: '65534:65534',
    readOnlyRoot: true,
    isolated: false,
    egress: 'internet',
    volumes: [],
    graceMs: 5000,
    ...given,
  };
}

import type { InstanceSpec } from '../model/instance.js';
import { instanceName } from '../model/instance-name.js';
import type { Workload } from '../ports/driver.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceProgram } from './driver-harness.js';

/** An `InstanceSpec` in part: what a case is about. */
export interface SpecOptions extends Partial<InstanceSpec> {
  /** [server] */
  readonly program?: ConformanceProgram | undefined;
}

/**
 * Variable by which an agent is known to be the one that was meant: a port that is free again may have gone to another
 * program of the machine meanwhile.
 */
export const identity = 'CONFORMANCE_ID';

const templateHash = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
const noLimits = { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined };

export async function conformanceSpec(
  rig: ConformanceRig,
  { program = 'server', ...given }: SpecOptions = {},
): Promise<InstanceSpec> {
  const { harness } = rig;
  const deploymentId = given.deploymentId ?? rig.newDeploymentId();
  const ordinal = given.ordinal ?? 0;
  const attempt = given.attempt ?? 1;
  const spec: InstanceSpec = {
    kind: 'agent',
    name: instanceName(deploymentId, given.templateHash ?? templateHash, ordinal, attempt),
    owner: rig.owner,
    tenant: 'tenant-a',
    deploymentId,
    agentId: 'agent.conformance',
    ordinal,
    attempt,
    templateHash,
    restartEpoch: 0,
    ...(await harness.sourceOf(program)),
    secretEnv: {},
    port: 8080,
    resources: noLimits,
    user: harness.user ?? '65534:65534',
    readOnlyRoot: harness.readOnlyRoot ?? true,
    isolated: false,
    egress: 'internet',
    volumes: [],
    graceMs: 5_000,
    ...given,
    env: { ...harness.env, [identity]: deploymentId, ...programEnv(program), ...given.env },
  };
  return spec;
}

/** What tells the one agent program which part to play. */
function programEnv(program: ConformanceProgram): Readonly<Record<string, string>> {
  if (program === 'exit') return { EXIT_CODE: '7' };
  if (program === 'stubborn') return { IGNORE_SIGTERM: '1' };
  return program === 'chatty' ? { LINES: '200' } : {};
}

export async function conformanceWorkload(
  rig: ConformanceRig,
  options: SpecOptions & Partial<Workload> = {},
): Promise<Workload> {
  const spec = await conformanceSpec(rig, options);
  return {
    owner: spec.owner,
    tenant: spec.tenant,
    deploymentId: spec.deploymentId,
    agentId: spec.agentId,
    generation: options.generation ?? 1,
    templateHash: spec.templateHash,
    restartEpoch: spec.restartEpoch,
    template: {
      agentId: spec.agentId,
      source: spec.source,
      command: spec.command,
      env: Object.entries(spec.env).map(([name, value]) => ({ name, value })),
      port: spec.port,
      healthPath: '/health',
      resources: spec.resources,
      user: spec.user,
      readOnlyRoot: spec.readOnlyRoot,
      isolated: spec.isolated,
      egress: spec.egress,
      peers: [],
      volumes: spec.volumes,
      graceMs: spec.graceMs,
    },
    secretEnv: spec.secretEnv,
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
    rolloutDeadlineMs: options.rolloutDeadlineMs ?? 60_000,
    replicas: options.replicas ?? { fixed: 1 },
  };
}

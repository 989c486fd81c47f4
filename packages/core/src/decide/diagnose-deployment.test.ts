import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeploymentStatus, DesiredState } from '../model/deployment.js';
import type { InstanceState, ObservedInstance } from '../model/instance.js';
import { instanceName } from '../model/instance-name.js';
import type { Template } from '../model/template.js';
import { type DeploymentFacts, diagnoseDeployment } from './diagnose-deployment.js';
import { initialStatus } from './initial-status.js';
import { planDeployment } from './plan-deployment.js';

const template: Template = {
  agentId: 'agent.a',
  source: { kind: 'image', image: 'a:1' },
  command: undefined,
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
  graceMs: 5_000,
};
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
const hash = '1'.repeat(16);
const now = 1_000_000;

const wish: DesiredState = {
  id: 'd-1',
  tenant: 'customer-1',
  agentId: 'agent.a',
  name: 'agent.a',
  manifest: { agent_id: 'agent.a', name: 'A', version: '1.0.0' },
  generation: 1,
  template,
  templateHash: hash,
  health,
  rolloutDeadlineMs: 60_000,
  replicas: 1,
  parked: false,
  restartEpoch: 0,
  deletedAt: undefined,
  createdAt: 0,
  updatedAt: 0,
};
const slot = { ordinal: 0, attempt: 1, failures: 0, retryAt: undefined, lastEnded: undefined };
const readyStatus: DeploymentStatus = {
  ...initialStatus(0),
  phase: 'ready',
  reason: '1 of 1 instances are ready',
  observedGeneration: 1,
  slots: [slot],
  readyInstances: 1,
  lastReady: { hash, template, health },
};

function instance(state: InstanceState, change: Partial<ObservedInstance> = {}): ObservedInstance {
  const { ordinal = 0, attempt = 1, templateHash = hash } = change;
  return {
    kind: 'agent',
    name: instanceName('d-1', templateHash, ordinal, attempt),
    tenant: 'customer-1',
    deploymentId: 'd-1',
    ordinal,
    attempt,
    templateHash,
    restartEpoch: 0,
    state,
    endpoint: state === 'running' ? { host: '127.0.0.1', port: 1 } : undefined,
    createdAt: 0,
    startedAt: 0,
    exit:
      state === 'exited' ? { code: 137, signal: undefined, oom: true, at: undefined, message: undefined } : undefined,
    ...change,
  };
}

function facts(
  instances: readonly ObservedInstance[],
  change: { desired?: Partial<DesiredState>; status?: Partial<DeploymentStatus> } = {},
): DeploymentFacts {
  const address = { id: 'a-1', tenant: 't', agentId: 'agent.a', deploymentId: 'd-1', port: 20_000, createdAt: 0 };
  return {
    record: {
      desired: { ...wish, ...change.desired },
      status: { ...readyStatus, ...change.status },
      address,
      revision: 1,
    },
    instances,
    health: new Map(instances.filter((one) => one.state === 'running').map((one) => [one.name, 'healthy'])),
    lastIncident: undefined,
    canPark: true,
    now,
  };
}

const kinds = (given: DeploymentFacts) => diagnoseDeployment(given).map((finding) => finding.kind);
const running = instance('running');

describe('diagnoseDeployment', () => {
  it('finds nothing where all is as wanted', () => {
    expect(diagnoseDeployment(facts([running]))).toEqual([]);
    expect(
      diagnoseDeployment(facts([instance('paused')], { desired: { parked: 'pause' }, status: { phase: 'parked' } })),
    ).toEqual([]);
  });

  it('says what is so, and what the plan will do', () => {
    const [finding] = diagnoseDeployment(facts([]));
    expect(finding).toEqual({
      kind: 'missing',
      differs: true,
      deploymentId: 'd-1',
      tenant: 'customer-1',
      instance: instanceName('d-1', hash, 0, 2),
      message: 'agent.a of customer-1 (d-1) lacks its instance 0: none runs in its place',
      willDo: `create ${instanceName('d-1', hash, 0, 2)}: 0 of 1 there`,
    });
    const [ended] = diagnoseDeployment(facts([instance('exited')]));
    expect(ended?.message).toBe(`${running.name} has ended: out of memory, exit code 137`);
    expect(ended?.willDo).toContain(`remove ${running.name}`);
  });

  it.each([
    ['half-made', facts([instance('creating')])],
    ['surplus', facts([running, instance('running', { ordinal: 1 })])],
    ['not-parked', facts([running], { desired: { parked: 'pause' }, status: { phase: 'parked' } })],
    ['still-parked', facts([instance('paused')])],
    ['deleting', facts([running], { desired: { deletedAt: 1 } })],
    ['deleting', facts([], { desired: { deletedAt: 1 } })],
    ['not-seen', facts([running], { desired: { generation: 2 } })],
    ['unsettled', facts([running], { status: { phase: 'progressing', readyInstances: 0 } })],
  ] as const)('tells %s, and nothing else', (kind, given) => {
    expect(kinds(given)).toEqual([kind]);
  });

  it('tells an old version or one from before a restart as outdated', () => {
    const old = instance('running', { templateHash: '2'.repeat(16) });
    expect(kinds(facts([old, running]))).toContain('outdated');
    const restarted = facts([running, instance('running', { attempt: 2, restartEpoch: 1 })], {
      desired: { restartEpoch: 1 },
      status: { observedRestartEpoch: 1, slots: [{ ...slot, attempt: 2 }] },
    });
    expect(kinds(restarted)).toEqual(['outdated']);
  });

  it('tells what fails its health checks', () => {
    const given = { ...facts([running]), health: new Map([[running.name, 'unhealthy' as const]]) };
    expect(kinds(given)).toEqual(['unhealthy', 'missing']);
  });

  it('counts down to the next attempt, and tells a failure with its last incident', () => {
    const given = facts([], {
      status: {
        phase: 'failed',
        reason: 'Crash loop: 4 attempts ended in a row',
        lastReady: undefined,
        rollout: { hash, startedAt: now - 30_000 },
        slots: [{ ...slot, failures: 4, retryAt: now + 7_200 }],
      },
    });
    const lastIncident = {
      ...{ id: 'i-1', deploymentId: 'd-1', tenant: 'customer-1', instance: running.name },
      ...{ reason: 'oom' as const, message: 'it ran out of memory', exit: undefined, logs: [], samples: [], at: 0 },
    };
    const [waiting, failing] = diagnoseDeployment({ ...given, lastIncident });
    expect(waiting).toMatchObject({ kind: 'waiting', willDo: 'make another attempt in 8 s' });
    expect(waiting?.message).toContain('4 attempts ended in a row');
    expect(failing?.kind).toBe('failing');
    expect(failing?.message).toContain('Crash loop: 4 attempts ended in a row');
    expect(failing?.message).toContain('last incident, 1970-01-01T00:00:00.000Z: it ran out of memory');
  });

  it('tells that a failed version is not tried again', () => {
    const given = facts([running], {
      desired: { templateHash: '3'.repeat(16) },
      status: { phase: 'degraded', reason: 'Rolled back', failedHash: '3'.repeat(16) },
    });
    expect(diagnoseDeployment(given)).toMatchObject([
      { kind: 'failing', willDo: `stay at version ${hash} until something else is wished for` },
    ]);
  });

  it('waits for what the engine is removing', () => {
    expect(kinds(facts([instance('removing'), running]))).toEqual(['leaving']);
  });
});

const states = fc.constantFrom<InstanceState>('creating', 'running', 'paused', 'stopped', 'exited', 'removing');
const instances = fc.uniqueArray(
  fc.record({ state: states, ordinal: fc.nat(2), attempt: fc.integer({ min: 1, max: 2 }), old: fc.boolean() }),
  { maxLength: 5, selector: ({ ordinal, attempt, old }) => `${ordinal}/${attempt}/${old}` },
);

it('is silent only where a host has nothing to do and all is as wanted', () => {
  const wishes = fc.record({
    replicas: fc.integer({ min: 0, max: 3 }),
    parked: fc.constantFrom('pause' as const, 'stop' as const, false as const),
    deletedAt: fc.option(fc.constant(1), { nil: undefined }),
    generation: fc.integer({ min: 1, max: 2 }),
  });
  const check = fc.property(instances, wishes, (drawn, desired) => {
    const made = drawn.map(({ state, ordinal, attempt, old }) =>
      instance(state, { ordinal, attempt, templateHash: old ? '2'.repeat(16) : hash }),
    );
    const given = facts(made, { desired, status: { phase: desired.parked === false ? 'ready' : 'parked' } });
    const none = { busy: new Map(), failedCreates: new Map(), seen: new Set<string>(), random01: 0.5 };
    const plan = planDeployment({ ...given, ...none, told: given.health });
    const findings = diagnoseDeployment(given);
    const told = findings.map((finding) => `${finding.instance}: ${finding.willDo.split(' ', 1)[0]}`);
    expect(told).toEqual(expect.arrayContaining(plan.actions.map(({ kind, name }) => `${name}: ${kind}`)));
    if (findings.length > 0) return;
    expect(plan.drop).toBe(false);
    expect(made.some((one) => one.state === 'removing')).toBe(false);
    expect(desired.generation).toBe(1);
    if (desired.parked === false) expect(made).toHaveLength(desired.replicas);
  });
  fc.assert(check, { seed: 5, numRuns: 400 });
});

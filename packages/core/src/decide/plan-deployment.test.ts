import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeploymentRecord, DesiredState } from '../model/deployment.js';
import { formatPlan } from '../model/format-plan.js';
import type { HealthStatus } from '../model/health.js';
import type { InstanceState, ObservedInstance } from '../model/instance.js';
import { instanceName } from '../model/instance-name.js';
import type { Plan } from '../model/plan.js';
import type { Template } from '../model/template.js';
import { initialStatus } from './initial-status.js';
import { planDeployment } from './plan-deployment.js';
import type { PlanInput } from './plan-input.js';

const template = (image: string): Template => ({
  agentId: 'agent.a',
  source: { kind: 'image', image },
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
});

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

const hashOf = (version: number) => `${version}${'0'.repeat(15)}`;

function wish(change: Partial<DesiredState> = {}): DesiredState {
  return {
    id: 'd-1',
    tenant: 't',
    agentId: 'agent.a',
    name: 'agent.a',
    manifest: { agent_id: 'agent.a', name: 'A', version: '1.0.0' },
    generation: 1,
    template: template('a:1'),
    templateHash: hashOf(1),
    health,
    rolloutDeadlineMs: 60_000,
    replicas: 1,
    parked: false,
    restartEpoch: 0,
    deletedAt: undefined,
    createdAt: 0,
    updatedAt: 0,
    ...change,
  };
}

/** A deployment, its instances and the time, changed by carrying plans out. */
interface World {
  record: DeploymentRecord;
  instances: ObservedInstance[];
  health: Map<string, HealthStatus>;
  told: Map<string, HealthStatus>;
  seen: Set<string>;
  now: number;
}

function world(desired = wish()): World {
  const address = { id: 'a-1', tenant: 't', agentId: 'agent.a', deploymentId: 'd-1', port: undefined, createdAt: 0 };
  return {
    record: { desired, status: initialStatus(0), address, revision: 1 },
    instances: [],
    health: new Map(),
    told: new Map(),
    seen: new Set(),
    now: 1_000_000,
  };
}

function inputOf(w: World, more: Partial<PlanInput> = {}): PlanInput {
  return {
    record: w.record,
    instances: w.instances,
    health: w.health,
    told: w.told,
    busy: new Map(),
    failedCreates: new Map(),
    seen: w.seen,
    canPark: true,
    now: w.now,
    random01: 0.5,
    ...more,
  };
}

/** Carries a plan out as a perfect engine would: created ones run and are healthy at once. */
function carryOut(w: World, plan: Plan, healthOf: (hash: string) => HealthStatus = () => 'healthy'): void {
  w.record = { ...w.record, status: plan.status, revision: w.record.revision + 1 };
  for (const action of plan.actions) {
    if (action.kind === 'create') {
      w.instances = w.instances.filter((one) => one.name !== action.name);
      w.instances.push(instance(action.name, action.hash, action.ordinal, action.attempt, 'running', w));
      w.health.set(action.name, healthOf(action.hash));
    } else if (action.kind === 'remove') {
      w.instances = w.instances.filter((one) => one.name !== action.name);
      w.health.delete(action.name);
    } else {
      const state: InstanceState =
        action.kind === 'unpark' ? 'running' : action.depth === 'pause' ? 'paused' : 'stopped';
      w.instances = w.instances.map((one) => (one.name === action.name ? { ...one, state } : one));
    }
  }
  w.seen = new Set(w.instances.map((one) => one.name));
  w.told = new Map(w.health);
}

function instance(
  name: string,
  hash: string,
  ordinal: number,
  attempt: number,
  state: InstanceState,
  w: World,
): ObservedInstance {
  return {
    kind: 'agent',
    name,
    tenant: 't',
    deploymentId: 'd-1',
    ordinal,
    attempt,
    templateHash: hash,
    restartEpoch: w.record.desired.restartEpoch,
    state,
    endpoint: { host: '127.0.0.1', port: 30_000 + attempt },
    createdAt: w.now,
    startedAt: w.now,
    exit: undefined,
  };
}

function settle(w: World, healthOf?: (hash: string) => HealthStatus, rounds = 40): void {
  for (let round = 0; round < rounds; round += 1) {
    const plan = planDeployment(inputOf(w));
    if (plan.actions.length === 0 && plan.status === w.record.status && plan.events.length === 0) {
      if (plan.lookAgainMs === undefined || plan.lookAgainMs > 300_000) return;
    }
    carryOut(w, plan, healthOf);
    w.now += plan.actions.length > 0 ? 10 : Math.min(plan.lookAgainMs ?? 10, 300_000);
  }
}

function change(w: World, next: Partial<DesiredState>): void {
  const { desired } = w.record;
  w.record = { ...w.record, desired: { ...desired, ...next, generation: desired.generation + 1 } };
}

const name = (version: number, ordinal: number, attempt: number) =>
  instanceName('d-1', hashOf(version), ordinal, attempt);

describe('planDeployment', () => {
  it('commits the attempt that it creates, and is ready when it serves', () => {
    const w = world();
    const plan = planDeployment(inputOf(w));
    expect(formatPlan(plan)).toBe(`create ${name(1, 0, 1)}: 0 of 1 there`);
    expect(plan.status.slots).toMatchObject([{ ordinal: 0, attempt: 1 }]);
    settle(w);
    const slots = [{ serving: [1] }];
    expect(w.record.status).toMatchObject({ phase: 'ready', readyInstances: 1, lastReady: { hash: hashOf(1) }, slots });
    expect(planDeployment(inputOf(w)).status).toBe(w.record.status);
  });

  it('creates nothing while a create is under way', () => {
    const w = world();
    const first = planDeployment(inputOf(w));
    w.record = { ...w.record, status: first.status };
    const again = planDeployment(inputOf(w, { busy: new Map([[name(1, 0, 1), 'create']]) }));
    expect(formatPlan(again)).toBe('');
  });

  it('finishes a half-made instance under its own name', () => {
    const w = world();
    carryOut(w, planDeployment(inputOf(w)));
    w.instances = [{ ...(w.instances[0] as ObservedInstance), state: 'creating', endpoint: undefined }];
    expect(formatPlan(planDeployment(inputOf(w)))).toBe(`create ${name(1, 0, 1)}: it is half made`);
  });

  it('replaces what ended at once, then under the back-off, and tells a crash loop with its cause', () => {
    const w = world();
    settle(w);
    for (let round = 0; round < 4; round += 1) {
      w.instances = w.instances.map((one) => ({
        ...one,
        state: 'exited' as const,
        exit: { code: 3, signal: undefined, oom: false, at: w.now, message: undefined },
      }));
      const plan = planDeployment(inputOf(w));
      expect(plan.incidents).toHaveLength(1);
      expect(plan.actions.some((action) => action.kind === 'remove')).toBe(true);
      expect(plan.actions.some((action) => action.kind === 'create')).toBe(round === 0);
      carryOut(w, plan, () => 'starting');
      if (round > 0) {
        w.now += 400_000;
        carryOut(w, planDeployment(inputOf(w)), () => 'starting');
      }
    }
    expect(w.record.status.phase).toBe('failed');
    expect(w.record.status.reason).toMatch(/Crash loop: 4 attempts .*exit code 3/);
  });

  it('counts what somebody removed from outside, and makes another', () => {
    const w = world();
    settle(w);
    w.instances = [];
    const plan = planDeployment(inputOf(w));
    expect(plan.incidents).toMatchObject([{ reason: 'operator' }]);
    expect(formatPlan(plan)).toContain(`create ${name(1, 0, 2)}`);
  });

  it('never has fewer serving than asked during a roll-out, and one more at most', () => {
    const w = world(wish({ replicas: 3 }));
    settle(w);
    change(w, { templateHash: hashOf(2), template: template('a:2') });
    for (let round = 0; round < 20; round += 1) {
      carryOut(w, planDeployment(inputOf(w)));
      expect(w.instances.length).toBeGreaterThanOrEqual(3);
      expect(w.instances.length).toBeLessThanOrEqual(4);
    }
    expect(w.instances.map((one) => one.templateHash)).toEqual([hashOf(2), hashOf(2), hashOf(2)]);
    expect(w.record.status).toMatchObject({ phase: 'ready', lastReady: { hash: hashOf(2) } });
  });

  it('rolls back a version that does not become ready, once, and says why', () => {
    const w = world(wish({ replicas: 2 }));
    settle(w);
    change(w, { templateHash: hashOf(2), template: template('a:2') });
    settle(w, (hash) => (hash === hashOf(2) ? 'starting' : 'healthy'));
    expect(w.record.status).toMatchObject({ failedHash: hashOf(2), phase: 'degraded', readyInstances: 2 });
    expect(w.record.status.reason).toMatch(/Rolled back .*not ready within 60000 ms/);
    expect(w.instances.map((one) => one.templateHash)).toEqual([hashOf(1), hashOf(1)]);
    change(w, { replicas: 3 });
    settle(w);
    expect(w.instances.map((one) => one.templateHash)).toEqual([hashOf(1), hashOf(1), hashOf(1)]);
  });

  it('a restart replaces each instance and forgets the failures', () => {
    const w = world(wish({ replicas: 2 }));
    settle(w);
    const before = new Set(w.instances.map((one) => one.name));
    change(w, { restartEpoch: 1 });
    settle(w);
    expect(w.instances).toHaveLength(2);
    expect(w.instances.some((one) => before.has(one.name))).toBe(false);
    expect(w.record.status.phase).toBe('ready');
  });

  it('an end while parked is no crash, and tells that the state was lost', () => {
    const w = world();
    settle(w);
    change(w, { parked: 'pause' });
    settle(w);
    expect(w.record.status.phase).toBe('parked');
    w.instances = w.instances.map((one) => ({ ...one, state: 'exited' as const }));
    const plan = planDeployment(inputOf(w));
    expect(plan.incidents).toEqual([]);
    expect(plan.status.stateLost).toBe(true);
    carryOut(w, plan);
    change(w, { parked: false });
    settle(w);
    expect(w.record.status).toMatchObject({ phase: 'ready', stateLost: false });
    expect(w.record.status.slots[0]?.failures).toBe(0);
  });

  it('deletes everything, purging, and then lets the record go', () => {
    const w = world(wish({ replicas: 2 }));
    settle(w);
    change(w, { deletedAt: 1 });
    const plan = planDeployment(inputOf(w));
    expect(plan.actions.every((action) => action.kind === 'remove' && action.purge)).toBe(true);
    expect(plan.drop).toBe(false);
    carryOut(w, plan);
    expect(planDeployment(inputOf(w)).drop).toBe(true);
  });
});

it('tells once of one that others are removing, and what an unhealthy one answered', () => {
  const w = world(wish({ replicas: 2 }));
  settle(w);
  w.instances = w.instances.map((one) => (one.ordinal === 0 ? { ...one, state: 'removing' as const } : one));
  w.health.set(name(1, 1, 1), 'unhealthy');
  const plan = planDeployment(inputOf(w, { lastErrors: new Map([[name(1, 1, 1), 'answered 500']]) }));
  expect(plan.incidents).toMatchObject([
    { instance: name(1, 0, 1), reason: 'operator', message: `${name(1, 0, 1)} was removed from outside` },
    { reason: 'probe-failed', message: `${name(1, 1, 1)} failed its health checks: answered 500` },
  ]);
  w.record = { ...w.record, status: plan.status };
  expect(planDeployment(inputOf(w)).incidents).toEqual([]);
});

it('goes on telling what cannot be started, however often it was tried', () => {
  const w = world();
  for (let turn = 1; turn <= 8; turn += 1) {
    w.now += 1_000_000;
    carryOut(w, { ...planDeployment(inputOf(w)), actions: [] });
    const failed = name(1, 0, w.record.status.slots[0]?.attempt ?? 0);
    const failedCreates = new Map([[failed, { message: 'no such image "a:1"', retryable: false }]]);
    carryOut(w, { ...planDeployment(inputOf(w, { failedCreates })), actions: [] });
  }
  expect(w.record.status.slots[0]?.failures).toBeGreaterThan(3);
  const { phase, reason } = planDeployment(inputOf(w)).status;
  expect([phase, reason]).toEqual(['failed', 'Cannot start an instance: no such image "a:1"']);
});

describe('planDeployment, whatever happens', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('scale' as const), to: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ kind: fc.constant('version' as const), to: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      kind: fc.constant('park' as const),
      depth: fc.constantFrom('pause' as const, 'stop' as const, false as const),
    }),
    fc.record({ kind: fc.constant('restart' as const) }),
    fc.record({ kind: fc.constant('exit' as const), which: fc.nat(4) }),
    fc.record({ kind: fc.constant('vanish' as const), which: fc.nat(4) }),
    fc.record({ kind: fc.constant('sicken' as const), which: fc.nat(4) }),
    fc.record({ kind: fc.constant('turn' as const), times: fc.integer({ min: 1, max: 3 }) }),
  );

  function apply(w: World, one: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
    const at = 'which' in one ? w.instances[one.which % Math.max(1, w.instances.length)] : undefined;
    if (one.kind === 'scale') change(w, { replicas: one.to });
    if (one.kind === 'version') change(w, { templateHash: hashOf(one.to), template: template(`a:${one.to}`) });
    if (one.kind === 'park') change(w, { parked: one.depth });
    if (one.kind === 'restart') change(w, { restartEpoch: w.record.desired.restartEpoch + 1 });
    if (one.kind === 'turn') for (let i = 0; i < one.times; i += 1) carryOut(w, planDeployment(inputOf(w)));
    if (!at) return;
    if (one.kind === 'exit') w.instances = w.instances.map((x) => (x === at ? { ...x, state: 'exited' as const } : x));
    if (one.kind === 'vanish') w.instances = w.instances.filter((x) => x !== at);
    if (one.kind === 'sicken') w.health.set(at.name, 'unhealthy');
  }

  it('settles as asked once nothing more happens, never above the surge, never a name twice', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const w = world(wish({ replicas: 2 }));
        const created = new Set<string>();
        for (const one of steps) {
          apply(w, one);
          const plan = planDeployment(inputOf(w));
          for (const action of plan.actions) {
            if (action.kind !== 'create') continue;
            expect(created.has(action.name)).toBe(false);
            created.add(action.name);
          }
          carryOut(w, plan);
        }
        settle(w, undefined, 200);
        const { desired, status } = w.record;
        const running = w.instances.filter((x) => x.state === 'running');
        if (desired.parked !== false) {
          expect(status.phase).toBe('parked');
          if (desired.parked === 'stop') expect(w.instances.map(({ state }) => state)).not.toContain('paused');
          expect(running).toEqual([]);
        } else {
          expect(status.phase).toBe('ready');
          expect(running).toHaveLength(desired.replicas);
          expect(running.every((x) => x.templateHash === desired.templateHash)).toBe(true);
          expect(planDeployment(inputOf(w)).actions).toEqual([]);
        }
      }),
      { numRuns: 300, seed: 42 },
    );
  });

  it('plans only removals once deletion is asked for', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const w = world(wish({ replicas: 2 }));
        for (const one of steps) {
          apply(w, one);
          carryOut(w, planDeployment(inputOf(w)));
        }
        change(w, { deletedAt: 1 });
        const plan = planDeployment(inputOf(w));
        expect(plan.actions.every((action) => action.kind === 'remove')).toBe(true);
        carryOut(w, plan);
        expect(w.instances).toEqual([]);
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

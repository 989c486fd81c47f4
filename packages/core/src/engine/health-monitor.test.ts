import { describe, expect, it } from 'vitest';
import type { HealthCheckRecord, HealthPolicy, ProbeResult } from '../model/health.js';
import type { Clock } from '../ports/clock.js';
import { createHealthMonitor, type HealthTransition } from './health-monitor.js';
import type { HealthTarget } from './health-target.js';

const policy: HealthPolicy = {
  path: '/health',
  intervalMs: 10_000,
  timeoutMs: 2_000,
  failureThreshold: 3,
  successThreshold: 1,
  startPeriodMs: 30_000,
  degradedLatencyMs: undefined,
  degradedLoad: undefined,
};

/** A virtual clock that can also be blocked: time passes and no timer runs, as in a busy event loop. */
function blockableClock() {
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  let nowMs = 0;
  let wallMs = 1_000_000;
  const clock: Clock = {
    now: () => wallMs + nowMs,
    monotonic: () => nowMs,
    setTimer(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  async function advance(ms: number): Promise<void> {
    const untilMs = nowMs + ms;
    for (;;) {
      const due = [...timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      timers.delete(due);
      nowMs = Math.max(nowMs, due.atMs);
      due.run();
      await settle();
    }
    nowMs = untilMs;
  }
  return {
    clock,
    advance,
    block: (ms: number) => {
      nowMs += ms;
    },
    jumpWall: (ms: number) => {
      wallMs += ms;
    },
  };
}

type Answer = 'pass' | 'refuse' | 'hang' | { readonly afterMs: number } | { readonly load: number };

interface Started {
  readonly port: number;
  readonly atMs: number;
}

/** A monitor over agents whose behaviour is looked up by port at the start of each probe. */
function setUp(options: { concurrency?: number } = {}) {
  const time = blockableClock();
  const agents = new Map<number, Answer>();
  const started: Started[] = [];
  const inFlight = { now: 0, most: 0, perPort: new Map<number, number>(), overlaps: 0 };

  function answer(port: number, timeoutMs: number): Promise<ProbeResult> {
    const atMs = time.clock.monotonic();
    const behaviour = agents.get(port) ?? 'pass';
    started.push({ port, atMs });
    const delay =
      behaviour === 'hang'
        ? timeoutMs
        : typeof behaviour === 'object' && 'afterMs' in behaviour
          ? behaviour.afterMs
          : 2;
    return new Promise((resolve) => {
      time.clock.setTimer(Math.min(delay, timeoutMs), () => {
        const responseTimeMs = time.clock.monotonic() - atMs;
        // As with real sockets after a block: what comes late has timed out already.
        if (responseTimeMs >= timeoutMs)
          resolve({ kind: 'fail', responseTimeMs, error: 'timeout', message: 'timed out' });
        else if (behaviour === 'refuse')
          resolve({ kind: 'fail', responseTimeMs, error: 'refused', message: 'refused' });
        else
          resolve({
            kind: 'pass',
            responseTimeMs,
            load: typeof behaviour === 'object' && 'load' in behaviour ? behaviour.load : undefined,
            warn: false,
          });
      });
    });
  }

  const monitor = createHealthMonitor({
    clock: time.clock,
    random: seeded(1),
    ...options,
    transport: {
      async probe(endpoint, _path, timeoutMs) {
        const { port } = endpoint;
        inFlight.now += 1;
        inFlight.most = Math.max(inFlight.most, inFlight.now);
        if (inFlight.perPort.get(port)) inFlight.overlaps += 1;
        inFlight.perPort.set(port, (inFlight.perPort.get(port) ?? 0) + 1);
        const result = await answer(port, timeoutMs);
        inFlight.now -= 1;
        inFlight.perPort.set(port, (inFlight.perPort.get(port) ?? 1) - 1);
        return result;
      },
      close: async () => undefined,
    },
  });
  const transitions: HealthTransition[] = [];
  const records: HealthCheckRecord[] = [];
  monitor.onTransition((transition) => transitions.push(transition));
  monitor.onCheck((record) => records.push(record));
  return { ...time, agents, started, inFlight, monitor, transitions, records };
}

function seeded(seed: number) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return { next, id: () => 'unused' };
}

const target = (port: number, over: Partial<HealthTarget> = {}): HealthTarget => ({
  instance: `instance-${port}`,
  deploymentId: `d-${port}`,
  endpoint: { host: '127.0.0.1', port },
  policy,
  ...over,
});

describe('health monitor', () => {
  it('sees a new agent ready soon after it is, and tells its first pass once', async () => {
    const { monitor, agents, advance, transitions, records } = setUp();
    agents.set(1, 'refuse');
    monitor.watch(target(1));
    await advance(790);
    expect(monitor.get('instance-1')?.state.status).toBe('starting');
    agents.set(1, 'pass');
    await advance(120);
    expect(monitor.get('instance-1')).toMatchObject({ state: { status: 'healthy' }, responseTimeMs: 2 });
    await advance(60_000);
    expect(transitions.map(({ from, to, firstPass }) => [from, to, firstPass])).toEqual([
      ['unknown', 'starting', false],
      ['starting', 'healthy', true],
    ]);
    expect(records.at(0)).toMatchObject({
      status: 'error',
      errorMessage: 'refused',
      instance: 'instance-1',
      deploymentId: 'd-1',
    });
    expect(records.at(-1)).toMatchObject({ status: 'ok', responseTimeMs: 2, errorMessage: undefined });
  });

  it('probes a healthy agent once per interval, ±10 %, without drift', async () => {
    const { monitor, started, advance } = setUp();
    monitor.watch(target(1));
    await advance(1_000_000);
    const steady = started.map(({ atMs }) => atMs).slice(2);
    expect(steady.length).toBeGreaterThanOrEqual(97);
    expect(steady.length).toBeLessThanOrEqual(100);
    for (const [index, atMs] of steady.slice(1).entries()) {
      const gapMs = atMs - (steady[index] ?? 0);
      expect(gapMs).toBeGreaterThanOrEqual(7_990);
      expect(gapMs).toBeLessThanOrEqual(12_010);
    }
  });

  it('spreads instances that it takes over from an earlier process over the interval, with no start probes', async () => {
    const { monitor, started, advance, transitions } = setUp();
    for (let port = 1; port <= 400; port += 1) monitor.watch(target(port, { known: 'healthy', startedAgoMs: 60_000 }));
    await advance(10_000);
    const perSecond = Array(10).fill(0);
    for (const { atMs } of started) perSecond[Math.min(9, Math.floor(atMs / 1_000))] += 1;
    expect(Math.max(...perSecond)).toBeLessThan(100);
    expect(Math.min(...perSecond)).toBeGreaterThan(10);
    expect(transitions).toEqual([]);
  });

  it('finds each of 200 deaths within failures × interval + timeout, and blames nobody else', async () => {
    const { monitor, agents, advance, transitions, clock } = setUp();
    const died = new Map<string, number>();
    const found = new Map<string, number>();
    monitor.onTransition(({ instance, to }) => to === 'unhealthy' && found.set(instance, clock.monotonic()));
    for (let port = 1; port <= 400; port += 1) monitor.watch(target(port));
    await advance(20_000);
    for (let port = 1; port <= 400; port += 2) {
      agents.set(port, port % 4 === 1 ? 'hang' : 'refuse');
      died.set(`instance-${port}`, clock.monotonic());
      await advance(53);
    }
    await advance(40_000);
    expect([...found.keys()].sort()).toEqual([...died.keys()].sort());
    for (const [instance, atMs] of died) {
      // One tick of the wheel per probe on top.
      expect((found.get(instance) ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThanOrEqual(32_000 + 20);
    }
    expect(transitions.filter(({ to }) => to === 'degraded')).toHaveLength(200);
  });

  it('changes nothing for an event loop that was blocked for 3 s, and goes on', async () => {
    const { monitor, agents, advance, block, transitions } = setUp();
    for (let port = 1; port <= 500; port += 1) {
      // Slow enough that some are always waiting for their answer when the block comes.
      agents.set(port, { afterMs: 200 });
      monitor.watch(target(port));
    }
    await advance(15_000);
    transitions.length = 0;
    for (let round = 0; round < 10; round += 1) {
      await advance(1_501);
      block(3_000);
    }
    await advance(60_000);
    expect(transitions).toEqual([]);
    expect(monitor.stats().inconclusive).toBeGreaterThan(0);
  });

  it('does not blame every agent at once while it is overloaded itself', async () => {
    const { monitor, agents, advance, block, transitions } = setUp();
    for (let port = 1; port <= 200; port += 1) monitor.watch(target(port));
    await advance(25_000);
    transitions.length = 0;
    for (let port = 1; port <= 200; port += 1) agents.set(port, 'refuse');
    // The first failures may count; then every agent has failed for a whole interval.
    for (let round = 0; round < 20; round += 1) {
      await advance(5_000);
      block(2_000);
    }
    expect(transitions.filter(({ to }) => to === 'unhealthy')).toEqual([]);
    await advance(60_000);
    expect(transitions.filter(({ to }) => to === 'unhealthy')).toHaveLength(200);
  });

  it('never has two probes of one agent in flight, nor more than the limit, and counts what it left out', async () => {
    const { monitor, agents, advance, inFlight } = setUp({ concurrency: 8 });
    const slow = { ...policy, intervalMs: 1_000, timeoutMs: 5_000 };
    for (let port = 1; port <= 40; port += 1) {
      agents.set(port, { afterMs: 1_700 });
      monitor.watch(target(port, { policy: slow }));
    }
    await advance(60_000);
    expect(inFlight.overlaps).toBe(0);
    expect(inFlight.most).toBe(8);
    expect(monitor.stats().skipped).toBeGreaterThan(40);
    for (let port = 1; port <= 40; port += 1) expect(monitor.get(`instance-${port}`)?.state.status).toBe('healthy');
  });

  it('takes the same target twice as once', async () => {
    const { monitor, advance, started } = setUp();
    monitor.watch(target(1));
    monitor.watch(target(1, { policy: { ...policy } }));
    await advance(20);
    monitor.watch(target(1));
    expect(monitor.size).toBe(1);
    await advance(10);
    expect(started).toHaveLength(1);
  });

  it('begins anew for another endpoint and throws away what the old one answers', async () => {
    const { monitor, agents, advance, records } = setUp();
    agents.set(1, { afterMs: 500 });
    agents.set(2, 'refuse');
    monitor.watch(target(1));
    await advance(100);
    monitor.watch({ ...target(1), endpoint: { host: '127.0.0.1', port: 2 } });
    await advance(1_000);
    expect(records.length).toBeGreaterThan(0);
    expect(records.every(({ status }) => status === 'error')).toBe(true);
    expect(monitor.get('instance-1')?.state.everPassed).toBe(false);
  });

  it('takes another policy up with the state that is there', async () => {
    const { monitor, advance, started, agents } = setUp();
    agents.set(1, { load: 0.7 });
    monitor.watch(target(1));
    await advance(1_000);
    expect(monitor.get('instance-1')?.state).toMatchObject({ status: 'healthy', load: 0.7 });
    monitor.watch(target(1, { policy: { ...policy, intervalMs: 500, degradedLoad: 0.5 } }));
    const before = started.length;
    await advance(5_000);
    expect(started.length - before).toBeGreaterThanOrEqual(8);
    expect(monitor.get('instance-1')?.state.status).toBe('degraded');
  });

  it('forgets an unwatched instance, also one that is being probed', async () => {
    const { monitor, advance, records, transitions } = setUp();
    monitor.watch(target(1));
    await advance(26);
    monitor.unwatch('instance-1');
    monitor.unwatch('instance-1');
    await advance(60_000);
    expect([monitor.size, monitor.get('instance-1'), records, transitions]).toEqual([0, undefined, [], []]);
  });

  it('is not moved by a jump of the wall clock, which only dates the records', async () => {
    const { monitor, advance, jumpWall, records, started } = setUp();
    monitor.watch(target(1));
    await advance(20_000);
    const before = started.length;
    jumpWall(-3_600_000);
    await advance(100_000);
    expect(started.length - before).toBeGreaterThanOrEqual(9);
    expect(started.length - before).toBeLessThanOrEqual(11);
    expect(records.at(-1)?.checkedAt).toBeLessThan(0);
  });

  it('survives listeners that throw and a transport that rejects', async () => {
    const time = blockableClock();
    const logged: string[] = [];
    const monitor = createHealthMonitor({
      clock: time.clock,
      random: seeded(2),
      logger: { log: (_level, message) => logged.push(message) },
      transport: { probe: () => Promise.reject(new Error('broken')), close: async () => undefined },
    });
    const seen: string[] = [];
    const undo = monitor.onTransition(() => {
      throw new Error('mine');
    });
    monitor.onTransition(({ to }) => seen.push(to));
    monitor.watch(target(1, { policy: { ...policy, startPeriodMs: 0, failureThreshold: 2 } }));
    await time.advance(60_000);
    undo();
    expect(seen).toEqual(['starting', 'unhealthy']);
    expect(monitor.get('instance-1')?.state.lastError).toBe('broken');
    expect(logged).toHaveLength(2);
  });

  it('stops when closed', async () => {
    const { monitor, advance, started } = setUp();
    monitor.watch(target(1));
    await advance(100);
    monitor.close();
    const before = started.length;
    monitor.watch(target(2));
    await advance(60_000);
    expect(started).toHaveLength(before);
    expect(monitor.size).toBe(0);
  });
});

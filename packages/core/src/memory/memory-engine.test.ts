import { isMoorageError, MoorageError } from '@moorage/protocol/base';
import { describe, expect, it } from 'vitest';
import { conformanceRig } from '../testing/conformance-rig.js';
import { memoryHarness } from '../testing/memory-harness.js';
import { memoryClock } from './memory-clock.js';
import { memoryDriver } from './memory-driver.js';
import { memoryEngine } from './memory-engine.js';

async function simulated() {
  const clock = memoryClock();
  const engine = memoryEngine({ clock });
  const driver = memoryDriver({ engine });
  const rig = await conformanceRig(memoryHarness({ engine, clock, makeDriver: () => driver }), 'container');
  const spec = await rig.spec();
  const probe = async (timeoutMs = 1_000) => {
    const endpoint = (await rig.find(spec.name))?.endpoint ?? { host: 'memory', port: 1 };
    const probing = driver.transport.probe(endpoint, '/health', timeoutMs);
    await clock.advance(timeoutMs);
    return probing;
  };
  return { clock, engine, driver, rig, spec, probe };
}

const codeOf = (error: unknown): string => (isMoorageError(error) ? error.code : String(error));

describe('memoryEngine', () => {
  it('takes the time that a start takes, and leaves it half made when that is aborted', async () => {
    const { clock, engine, driver, rig, spec } = await simulated();
    engine.behave(spec.name, { startDelayMs: 3_000 });
    const controller = new AbortController();
    const creating = driver.create(spec, rig.call(controller.signal)).catch(codeOf);
    await clock.advance(2_000);
    controller.abort();
    expect(await creating).toBe('cancelled');
    expect((await rig.find(spec.name))?.state).toBe('creating');
    const again = driver.create(spec, rig.call());
    await clock.advance(3_000);
    await again;
    expect((await rig.find(spec.name))?.state).toBe('running');
  });

  it('ends instances by themselves, with the exit that was said', async () => {
    const { clock, engine, driver, rig, spec } = await simulated();
    engine.behave(spec.deploymentId, { exitAfterMs: 500, exit: { code: 137, oom: true } });
    await driver.create(spec, rig.call());
    await clock.advance(499);
    expect((await rig.find(spec.name))?.state).toBe('running');
    await clock.advance(1);
    expect(await rig.find(spec.name)).toMatchObject({ state: 'exited', exit: { code: 137, oom: true } });
  });

  it('does not age what is paused', async () => {
    const { clock, engine, driver, rig, spec } = await simulated();
    engine.behave(spec.name, { exitAfterMs: 1_000 });
    await driver.create(spec, rig.call());
    await clock.advance(600);
    await driver.park?.(spec.name, 'pause', rig.scoped());
    await clock.advance(10_000);
    expect((await rig.find(spec.name))?.state).toBe('paused');
    await driver.unpark?.(spec.name, rig.scoped());
    await clock.advance(399);
    expect((await rig.find(spec.name))?.state).toBe('running');
    await clock.advance(1);
    expect((await rig.find(spec.name))?.state).toBe('exited');
  });

  it('answers again after a stop, with its instances alive or ended', async () => {
    const { engine, driver, rig, spec } = await simulated();
    await driver.create(spec, rig.call());
    engine.stop();
    expect(await rig.list().catch(codeOf)).toBe('unavailable');
    engine.start();
    expect((await rig.find(spec.name))?.state).toBe('running');
    engine.stop();
    engine.start({ instances: 'exited' });
    expect(await rig.find(spec.name)).toMatchObject({ state: 'exited', exit: { code: 255 } });
  });

  it('can be slow, full, and of bad will', async () => {
    const { clock, engine, driver, rig, spec } = await simulated();
    engine.capacity(0);
    expect(await driver.create(spec, rig.call()).catch(codeOf)).toBe('resource_exhausted');
    engine.capacity(undefined);
    engine.behave('*', { createError: new MoorageError('internal', 'bad will') });
    engine.behave(spec.name, { createError: new MoorageError('conflict', 'worse') });
    expect(await driver.create(spec, rig.call()).catch(codeOf)).toBe('conflict');
    engine.behave(spec.name, {});
    engine.slow(2_000);
    const creating = driver.create(spec, rig.call());
    await clock.advance(1_999);
    expect(engine.leftovers(spec.owner)).toEqual([]);
    await clock.advance(1);
    await creating;
    expect(engine.leftovers(spec.owner)).toEqual([spec.name]);
  });

  it('lets a removal take its time, and a stubborn agent all of its grace', async () => {
    const { clock, engine, driver, rig, spec } = await simulated();
    engine.behave(spec.name, { ignoresTerm: true });
    await driver.create(spec, rig.call());
    await driver.remove(spec.name, rig.removal({ graceMs: 5_000 }));
    await clock.advance(4_999);
    expect((await rig.find(spec.name))?.state).toBe('removing');
    await clock.advance(1);
    expect(await rig.find(spec.name)).toBe(undefined);
  });

  it('ends a run at its deadline', async () => {
    const { clock, driver, rig, spec } = await simulated();
    await driver.startRun?.({ spec: { ...spec, kind: 'run' }, deadline: clock.now() + 60_000 }, rig.call());
    await clock.advance(59_999);
    expect((await rig.find(spec.name))?.state).toBe('running');
    await clock.advance(1);
    expect(await rig.find(spec.name)).toMatchObject({ kind: 'run', state: 'exited', exit: { signal: 'SIGKILL' } });
  });
});

describe('memoryTransport', () => {
  it('finds what the behaviour says', async () => {
    const { engine, driver, rig, spec, probe } = await simulated();
    expect(await probe()).toMatchObject({ kind: 'fail', error: 'refused' });
    await driver.create(spec, rig.call());
    engine.behave(spec.name, { load: 0.5, responseTimeMs: 20 });
    expect(await probe()).toEqual({ kind: 'pass', responseTimeMs: 20, load: 0.5, warn: false });
    engine.behave(spec.name, { health: 'degraded' });
    expect(await probe()).toMatchObject({ kind: 'pass', warn: true });
    engine.behave(spec.name, { health: 'fail' });
    expect(await probe()).toMatchObject({ kind: 'fail', error: 'status' });
    engine.behave(spec.name, { health: 'hang' });
    expect(await probe()).toMatchObject({ kind: 'fail', error: 'timeout', responseTimeMs: 1_000 });
    engine.behave(spec.name, { responseTimeMs: 1_001 });
    expect(await probe()).toMatchObject({ kind: 'fail', error: 'timeout' });
  });

  it('is refused until the agent is warm, and waits in vain for a paused one', async () => {
    const { clock, engine, driver, rig, spec, probe } = await simulated();
    engine.behave(spec.name, { healthyAfterMs: 5_000 });
    await driver.create(spec, rig.call());
    expect(await probe()).toMatchObject({ kind: 'fail', error: 'refused' });
    await clock.advance(5_000);
    expect((await probe()).kind).toBe('pass');
    await driver.park?.(spec.name, 'pause', rig.scoped());
    expect(await probe()).toMatchObject({ kind: 'fail', error: 'timeout' });
  });

  it('loses the answer of an agent that ends in the middle', async () => {
    const { clock, engine, driver, rig, spec } = await simulated();
    await driver.create(spec, rig.call());
    engine.behave(spec.name, { responseTimeMs: 100 });
    const endpoint = (await rig.find(spec.name))?.endpoint ?? { host: '', port: 0 };
    const probing = driver.transport.probe(endpoint, '/health', 1_000);
    await clock.advance(50);
    engine.kill(spec.name);
    await clock.advance(50);
    expect(await probing).toMatchObject({ kind: 'fail', error: 'network' });
  });
});

import { expect, it } from 'vitest';
import { memoryClock } from '../memory/memory-clock.js';
import type { HealthCheckRecord } from '../model/health.js';
import type { Store } from '../ports/store.js';
import { createHealthRecorder } from './health-recorder.js';

const record = (checkedAt: number): HealthCheckRecord => ({
  deploymentId: 'd',
  instance: 'i',
  status: 'ok',
  responseTimeMs: 1,
  load: undefined,
  errorMessage: undefined,
  checkedAt,
});

function rig() {
  const clock = memoryClock();
  const kept: number[] = [];
  const state = { away: false, atOnce: 0, most: 0, calls: 0 };
  let release = () => {};
  let gate: Promise<void> = Promise.resolve();
  const store = {
    async addHealthChecks(records: readonly HealthCheckRecord[]) {
      state.calls += 1;
      state.atOnce += 1;
      state.most = Math.max(state.most, state.atOnce);
      await gate;
      state.atOnce -= 1;
      if (state.away) throw new Error('away');
      kept.push(...records.map((one) => one.checkedAt));
    },
  } as unknown as Store;
  const logged: string[] = [];
  const logger = { log: (_level: string, message: string) => void logged.push(message) };
  return {
    ...{ clock, kept, state, logged },
    recorder: createHealthRecorder({ store, clock, logger }),
    hold() {
      gate = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
  };
}

it('writes what has come within a second in one call', async () => {
  const { recorder, clock, kept, state } = rig();
  for (let at = 0; at < 2_000; at += 1) recorder.add(record(at));
  await clock.advance(1_000);
  expect(kept).toHaveLength(2_000);
  expect(state.calls).toBe(1);
  recorder.add(record(2_000));
  await recorder.close();
  expect(kept.at(-1)).toBe(2_000);
});

it('asks a slow store once at a time, and has all of it in order in the end', async () => {
  const { recorder, clock, kept, state, hold, release } = rig();
  hold();
  for (let at = 0; at < 50; at += 1) {
    recorder.add(record(at));
    await clock.advance(1_000);
  }
  expect(state.most).toBe(1);
  release();
  await clock.advance(2_000);
  expect(state.most).toBe(1);
  expect(kept).toEqual(Array.from({ length: 50 }, (_, at) => at));
});

it('keeps the newest 20 000 while the store is away, says so once, and writes them when it is back', async () => {
  const { recorder, clock, kept, state, logged } = rig();
  state.away = true;
  for (let at = 0; at < 60_000; at += 1) {
    recorder.add(record(at));
    if (at % 2_000 === 0) await clock.advance(1_000);
  }
  await clock.advance(2_000);
  expect(logged).toHaveLength(1);
  state.away = false;
  await clock.advance(5_000);
  expect(kept).toHaveLength(20_000);
  expect(kept[0]).toBe(40_000);
  expect(kept.at(-1)).toBe(59_999);
});

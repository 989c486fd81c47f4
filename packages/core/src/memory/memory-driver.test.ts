import { afterAll, describe, it } from 'vitest';
import { driverConformance } from '../testing/driver-conformance.js';
import { memoryHarness } from '../testing/memory-harness.js';
import { memoryClock } from './memory-clock.js';
import { memoryDriver } from './memory-driver.js';
import { memoryEngine } from './memory-engine.js';

describe('on a virtual clock', () => {
  const clock = memoryClock();
  const engine = memoryEngine({ clock });
  driverConformance({
    describe,
    it,
    afterAll,
    makeHarness: async () => memoryHarness({ engine, clock, makeDriver: () => memoryDriver({ engine }) }),
  });
});

describe('without a clock', () => {
  const engine = memoryEngine();
  driverConformance({
    describe,
    it,
    afterAll,
    makeHarness: async () => memoryHarness({ engine, makeDriver: () => memoryDriver({ engine }) }),
  });
});

describe('with no capability at all', () => {
  const clock = memoryClock();
  const engine = memoryEngine({ clock });
  driverConformance({
    describe,
    it,
    afterAll,
    makeHarness: async () =>
      memoryHarness({
        engine,
        clock,
        makeDriver: () =>
          memoryDriver({
            engine,
            capabilities: {
              isolation: false,
              sources: ['image'],
              limits: { cpu: false, memory: false, disk: false, pids: false },
              park: [],
              egressControl: false,
              volumes: false,
              logs: false,
              watch: false,
              usage: [],
              runs: false,
            },
          }),
      }),
  });
});

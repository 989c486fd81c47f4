import type { Driver } from '../ports/driver.js';
import { type ConformanceRig, conformanceRig } from './conformance-rig.js';
import type { DriverHarness } from './driver-harness.js';

/** What the suite needs from a test runner; those of vitest, `node:test`, Jest and Mocha fit as they are. */
export interface ConformanceRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
  /** Closes the harness. Without it the last case does. */
  afterAll?: ((body: () => Promise<void>) => unknown) | undefined;
}

/** Registers the cases of one group. */
export interface ConformanceSuite {
  readonly level: Driver['level'];
  group(name: string, body: () => void): void;
  /** One case: a rig with an owner of its own, and nothing left of it at the end. */
  test(name: string, body: (rig: ConformanceRig) => Promise<void>): void;
}

export function conformanceSuite(
  runner: ConformanceRunner,
  level: Driver['level'],
  harness: () => Promise<DriverHarness>,
): ConformanceSuite {
  return {
    level,
    group: (name, body) => void runner.describe(name, body),
    test(name, body) {
      runner.it(name, async () => {
        const rig = await conformanceRig(await harness(), level);
        try {
          await body(rig);
        } catch (failure) {
          // Cleaning up may fail for the same reason; the case's own failure is the one to tell.
          await rig.dispose().catch(() => {});
          throw failure;
        }
        await rig.dispose();
      });
    },
  };
}

import type { Driver } from '../ports/driver.js';
import { createCases } from './cases-create.js';
import { exitCases } from './cases-exit.js';
import { faultCases } from './cases-faults.js';
import { inputCases } from './cases-input.js';
import { isolationCases } from './cases-isolation.js';
import { limitCases } from './cases-limits.js';
import { listCases } from './cases-list.js';
import { logsCases } from './cases-logs.js';
import { parkCases } from './cases-park.js';
import { removeCases } from './cases-remove.js';
import { runCases } from './cases-runs.js';
import { shapeCases } from './cases-shape.js';
import { usageCases } from './cases-usage.js';
import { volumeCases, workloadVolumeCases } from './cases-volumes.js';
import { watchCases } from './cases-watch.js';
import { workloadCases } from './cases-workload.js';
import { type ConformanceRunner, type ConformanceSuite, conformanceSuite } from './conformance-suite.js';
import type { DriverHarness } from './driver-harness.js';

export interface DriverConformanceOptions extends ConformanceRunner {
  /** [container] */
  readonly level?: Driver['level'] | undefined;
  /** Called once, before the first case. */
  makeHarness(): Promise<DriverHarness>;
}

/**
 * Registers the conformance suite of drivers with a test runner: the meaning of the contract in `ports/driver.ts`. Give
 * each case at least 60 s. An engine that does not answer fails the suite; nothing is skipped: what a driver says it
 * cannot do is tested to be refused.
 */
export function driverConformance(options: DriverConformanceOptions): void {
  const level = options.level ?? 'container';
  let made: Promise<DriverHarness> | undefined;
  const harness = (): Promise<DriverHarness> => {
    made ??= options.makeHarness();
    return made;
  };
  const suite = conformanceSuite(options, level, harness);
  options.describe(`driver conformance (${level} level)`, () => {
    shapeCases(suite);
    listCases(suite);
    if (level === 'container') containerCases(suite);
    else {
      workloadCases(suite);
      workloadVolumeCases(suite);
    }
    logsCases(suite);
    usageCases(suite);
    watchCases(suite);
    faultCases(suite);
    inputCases(suite);
    runCases(suite);
    const close = async (): Promise<void> => {
      await (await made)?.close();
    };
    if (options.afterAll) options.afterAll(close);
    else options.it('closes its harness', close);
  });
}

function containerCases(suite: ConformanceSuite): void {
  createCases(suite);
  removeCases(suite);
  exitCases(suite);
  limitCases(suite);
  parkCases(suite);
  volumeCases(suite);
  isolationCases(suite);
}

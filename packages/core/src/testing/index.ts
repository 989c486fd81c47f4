/** Published test kits: conformance suites for drivers and stores, and wrappers that make faults. */
export { conformanceAgentSource } from './conformance-agent.js';
export type { ConformanceRunner } from './conformance-suite.js';
export { type DriverConformanceOptions, driverConformance } from './driver-conformance.js';
export type {
  BrokenEngine,
  ConformanceProgram,
  ConformanceSource,
  DriverHarness,
  HarnessHook,
} from './driver-harness.js';
export { type EventuallyOptions, eventually } from './eventually.js';
export { withFaults } from './fault-driver.js';
export { withStoreFaults } from './fault-store.js';
export type { FaultControl, FaultKind, FaultOptions } from './faults.js';
export {
  type ShrinkOptions,
  type SimulationOptions,
  type SimulationResult,
  shrinkSimulation,
  simulate,
  type Violation,
} from './simulation/index.js';
export { type StoreConformanceOptions, storeConformance } from './store-conformance.js';

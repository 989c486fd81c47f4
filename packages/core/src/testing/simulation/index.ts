export { type ShrinkOptions, shrinkSimulation } from './shrink.js';
export type { Violation } from './sim-world.js';
export { type SimulationResult, simulate } from './simulate.js';
export type { SimulationOptions } from './simulation-options.js';

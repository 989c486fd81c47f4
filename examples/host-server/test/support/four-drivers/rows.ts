import type { DriverCapabilities } from '@moorage/core';
import type { Walk } from './walk.js';

/** One thing that a caller does, and what every driver has to make of it. */
export interface Row {
  readonly what: string;
  does(walk: Walk): Promise<unknown>;
  /** The same for all drivers; it can depend on nothing of a driver but what its capabilities say. */
  readonly expected: unknown | ((capabilities: DriverCapabilities) => unknown);
}

import type { Names } from '../names.js';
import { initialSchema } from './0001-initial.js';
import { uptimeGoesOn } from './0002-uptime-goes-on.js';
import { oneEngine } from './0003-one-engine.js';

/** A step of the schema. Steps are only ever added, and only go up. */
export interface SchemaStep {
  readonly name: string;
  sql(names: Names): string;
}

/** In order; the version of a schema is the number of steps that made it. */
export const schemaSteps: readonly SchemaStep[] = [
  { name: '0001-initial', sql: initialSchema },
  { name: '0002-uptime-goes-on', sql: uptimeGoesOn },
  { name: '0003-one-engine', sql: oneEngine },
];

import { MoorageError } from '@moorage/core/store';

/** Qualified, quoted names of everything in one schema, and what else depends on it. */
export interface Names {
  readonly schema: string;
  /** `"schema"."name"`. */
  of(name: string): string;
  /** Channel of LISTEN and NOTIFY: those are shared by all schemas of a database. */
  readonly channel: string;
  /** Text for an advisory lock on one thing of this schema. */
  lock(thing: string): string;
}

/** Errors: `invalid_argument` when the schema's name is not a plain identifier. */
export function namesIn(schema: string): Names {
  // The prefix of the channel has to fit in front of it, and identifiers end at 63 bytes.
  if (!/^[a-z_][a-z0-9_]{0,53}$/.test(schema)) {
    throw new MoorageError(
      'invalid_argument',
      `Cannot use the schema name ${JSON.stringify(schema.slice(0, 64))}: use up to 54 lower-case letters, digits and "_"`,
      { operation: 'store.open', context: { field: 'schema' } },
    );
  }
  return {
    schema,
    of: (name) => `"${schema}"."${name}"`,
    channel: `moorage_${schema}`,
    lock: (thing) => `moorage/${schema}/${thing}`,
  };
}

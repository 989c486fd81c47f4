import { isKey } from '@moorage/core/store';

/** A key for the statement's name, the SQL before the value, and the value; undefined leaves the condition out. */
export type Condition = readonly [key: string, sql: string, value: string | number | readonly number[] | undefined];

export interface Where {
  /** Goes into the name of the prepared statement: another set of conditions is another text. */
  readonly key: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The condition of a statement, or undefined when a text among the values can be no stored key, so that nothing can be
 * found (PostgreSQL would refuse some of them).
 */
export function where(conditions: readonly Condition[]): Where | undefined {
  const used = conditions.filter(([, , value]) => value !== undefined);
  if (used.some(([, , value]) => typeof value === 'string' && !isKey(value))) return undefined;
  const terms = used.map(([, sql, value], index) => {
    const place = `$${index + 1}`;
    return Array.isArray(value) ? `${sql}(${place}::int[])` : `${sql}${place}`;
  });
  return {
    key: used.map(([key]) => `-${key}`).join(''),
    text: terms.length === 0 ? '' : `where ${terms.join(' and ')}`,
    values: used.map(([, , value]) => value),
  };
}

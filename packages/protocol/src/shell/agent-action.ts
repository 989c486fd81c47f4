import type { z } from 'zod';
import { MoorageError } from '../errors.js';
import { describeIssues } from '../field-issue.js';

/** What an action knows of the request that it answers. */
export interface ActionContext {
  /** Aborted when the caller leaves, the time of `runtime.timeout_ms` is up, or the agent has to end. */
  readonly signal: AbortSignal;
  /** The id of the envelope; undefined when the request had none. */
  readonly id: string | number | undefined;
}

/**
 * Answers one action; what it returns goes to the caller as `result` and has to be JSON. A `MoorageError` reaches the
 * caller as it is; anything else that it throws is told as `internal` only, and written to the agent's own log.
 */
export type ActionHandler = (params: Readonly<Record<string, unknown>>, context: ActionContext) => unknown;

/**
 * A handler whose params are checked by a zod schema first; what is wrong is `invalid_argument` and names the field.
 */
export function defineAction<P extends z.ZodType>(
  schema: P,
  run: (params: z.output<P>, context: ActionContext) => unknown,
): ActionHandler {
  return (params, context) => {
    const parsed = schema.safeParse(params);
    if (parsed.success) return run(parsed.data, context);
    throw invalidParams(describeIssues(parsed.error.issues, params, 'params', {}));
  };
}

function invalidParams(issues: readonly { field: string; message: string; fix: string }[]): MoorageError {
  const [first] = issues;
  return new MoorageError('invalid_argument', `${first?.message}. Way out: ${first?.fix}`, {
    operation: 'action',
    context: { field: first?.field, issues: issues.slice(0, 100) },
  });
}

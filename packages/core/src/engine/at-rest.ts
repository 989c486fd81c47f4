import type { DeploymentRecord } from '../model/deployment.js';
import type { DeploymentId } from '../model/ids.js';
import type { Plan } from '../model/plan.js';
import type { HostContext } from './host-context.js';

/** What a turn went by that had nothing to do and nothing to wait for. */
export interface Rest {
  readonly record: DeploymentRecord;
  /** What the engine had of it: instances, or a workload. An index keeps what is as it was as the same object. */
  readonly observed: unknown;
}

/** Remembers that a turn came to rest, or forgets that an earlier one had. */
export function noteRest(
  context: HostContext,
  { record, after, plan, observed }: Rest & { readonly after: DeploymentRecord; readonly plan: Plan },
): void {
  const { id } = record.desired;
  const local = context.local.of(id);
  const { phase } = record.status;
  const isQuiet =
    after === record &&
    (phase === 'ready' || phase === 'parked') &&
    plan.actions.length === 0 &&
    plan.lookAgainMs === undefined &&
    context.inFlight.of(id).size === 0 &&
    local.failedCreates.size === 0 &&
    local.failedCalls === 0;
  local.rest = isQuiet ? { record, observed } : undefined;
}

/**
 * Whether a look that shows this needs no turn: the last one had nothing to do, and neither the wish nor the engine has
 * changed since. What changes by itself (health, calls that end, the time of a back-off) asks for a turn of its own.
 * The resyncs that read the store again give one to every deployment, whatever is said here.
 */
export function isAtRest(context: HostContext, id: DeploymentId, observed: unknown): boolean {
  const rest = context.local.peek(id)?.rest;
  return rest !== undefined && rest.record === context.cache.get(id) && rest.observed === observed;
}

import { type ActionName, type ActionRow, actions, type ParsedParams } from '@moorage/protocol';
import type { Call, Handler, Outcome } from './call.js';
import { handlers } from './handlers/index.js';
import { accessOf } from './tenant-wall.js';

/** Carries an action out inside the caller's wall; whoever calls has checked the scope. */
export async function runAction<N extends ActionName>(
  name: N,
  params: ParsedParams<N>,
  call: Call,
): Promise<Outcome<unknown>> {
  const customer = (params as { readonly customer_id?: string }).customer_id;
  const handler = handlers[name] as Handler<ActionName>;
  return handler(params as ParsedParams<ActionName> as never, call, accessOf(call.principal, customer));
}

/** Status of an answer: the handler's own where it has one, else the table's. */
export function statusOfOutcome(name: ActionName, outcome: Outcome<unknown>): number {
  const row: ActionRow = actions[name];
  return outcome.status ?? row.rest.successStatus;
}

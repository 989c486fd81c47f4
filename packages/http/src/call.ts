import type { Access, Host } from '@moorage/core';
import type { ActionName, ActionResult, ParsedParams } from '@moorage/protocol';
import type { AgentEnv } from './agent-env.js';
import type { Principal } from './principal.js';
import { accessOf } from './tenant-wall.js';

/** All that an action needs beside its params. */
export interface Call {
  readonly host: Host;
  readonly principal: Principal;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  /** The `Prefer` header. */
  readonly prefer: string | null;
  readonly idempotencyKey: string | undefined;
  readonly agentEnv: AgentEnv | undefined;
}

/** What an action answers; status and location where they differ from the table. */
export interface Outcome<R> {
  readonly data: R;
  readonly status?: number | undefined;
  /** Path of what was made or is being made, below the prefix. */
  readonly location?: string | undefined;
}

export type Handler<N extends ActionName> = (
  params: ParsedParams<N>,
  call: Call,
  access: Access,
) => Promise<Outcome<ActionResult<N>>>;

/** One handler per row of the action table: a new row does not compile until it has one. */
export type Handlers = { readonly [N in ActionName]: Handler<N> };

/** The customer whose wall the call is inside, from its params. */
export function accessOfParams(call: Call, params: { readonly customer_id?: string | undefined }): Access {
  return accessOf(call.principal, params.customer_id);
}

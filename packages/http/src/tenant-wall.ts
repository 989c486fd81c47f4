import type { Access } from '@moorage/core';
import { type ActionRow, MoorageError } from '@moorage/protocol';
import { manageScope, type Principal, readScope, usageScope } from './principal.js';

/** What a call needs of its caller, as the action table says it. */
export type Need = ActionRow['scope'];

const opening: Readonly<Record<Need, readonly string[]>> = {
  read: [manageScope, readScope],
  manage: [manageScope],
  usage: [manageScope, usageScope],
};

/** Errors: `permission_denied`, naming the scope that is missing. */
export function requireScope(principal: Principal, need: Need): void {
  const wanted = opening[need];
  if (wanted.some((scope) => principal.scopes.includes(scope))) return;
  throw new MoorageError(
    'permission_denied',
    `"${principal.subject}" may not do this: it needs ${wanted.join(' or ')}`,
    {
      operation: 'http.authorize',
      context: { scopes: wanted },
    },
  );
}

/**
 * Whose things a call may see: the caller's own customer, or for an operator the one it names, if any. Errors:
 * `not_found` when a customer names another one, in the very words of one that does not exist.
 */
export function accessOf(principal: Principal, customerId: string | undefined): Access {
  if (principal.tenant !== undefined && customerId !== undefined && customerId !== principal.tenant) {
    throw absent(`of customer "${customerId}"`);
  }
  return { tenant: principal.tenant ?? customerId, actor: principal.subject };
}

/**
 * A customer may run images. A folder to build from and a program to start are read and run on the host's own machine,
 * so they are the operator's to ask for. Errors: `permission_denied`, naming the field.
 */
export function requireImage(principal: Principal, manifest: Readonly<Record<string, unknown>>): void {
  if (principal.tenant === undefined) return;
  const runtime = (manifest.runtime ?? {}) as Readonly<Record<string, unknown>>;
  const programs = runtime.image === undefined ? ['build', 'entrypoint', 'command'] : ['build'];
  const field = programs.find((name) => runtime[name] !== undefined);
  if (field === undefined) return;
  throw new MoorageError(
    'permission_denied',
    `"${principal.subject}" may not use runtime.${field}, which reads the machine of the host: give an image`,
    { operation: 'http.authorize', context: { field: `runtime.${field}` } },
  );
}

/** The answer for what is not there, and for what this caller may not know of. */
export function absent(what: string): MoorageError {
  return new MoorageError('not_found', `There is no agent ${what} here: list_containers shows those that are`, {
    operation: 'http.find',
  });
}

/** Errors: `permission_denied` for a customer's principal; for figures that tell of all customers together. */
export function requireOperator(principal: Principal): void {
  requireScope(principal, 'read');
  if (principal.tenant === undefined) return;
  throw new MoorageError('permission_denied', `"${principal.subject}" may not see this: it tells of every customer`, {
    operation: 'http.authorize',
  });
}

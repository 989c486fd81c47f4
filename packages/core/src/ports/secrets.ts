/**
 * Seals secret values at rest. `context` (the deployment's id) is bound in: a sealed text opens only under the same
 * one.
 */
export interface Secrets {
  seal(plain: string, context: string): string;
  /** Errors: `permission_denied` when the key or the context is another. */
  open(sealed: string, context: string): string;
}

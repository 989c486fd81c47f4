/** Who is calling. A principal with a `tenant` sees and touches that customer's agents only. */
export interface Principal {
  /** Written into the audit record of every change. */
  readonly subject: string;
  /** The customer behind the call; absent for an operator. */
  readonly tenant?: string | undefined;
  /** `container:manage` may do everything, `container:read` may look, `usage:report` may report usage. */
  readonly scopes: readonly string[];
}

/**
 * The port for identity providers: tells who is behind a request. Rejects with a `MoorageError` `unauthenticated` when
 * the credentials are missing or wrong, `unavailable` when the provider cannot be asked.
 */
export type Authenticate = (request: Request) => Promise<Principal>;

export const manageScope = 'container:manage';
export const readScope = 'container:read';
export const usageScope = 'usage:report';

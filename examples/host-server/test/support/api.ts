/** An answer of the REST API: its status, and the data or the error of its body. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly data: T;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

export type Api = <T>(method: string, path: string, body?: object) => Promise<Answer<T>>;

/** Asks a host's REST API as any program does: no client of ours in between. */
export function restApi(url: string, token: string): Api {
  return async <T>(method: string, path: string, body?: object) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(170_000),
    });
    const { data, error } = (await answer.json()) as { data: T; error?: Answer['error'] };
    return { status: answer.status, data, error };
  };
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/** Requests of this process to one server, as Node's HTTP client sends them: whoever makes them, none is missed. */
export interface ApiRequests {
  /** `METHOD path` of each since the last call. */
  take(): readonly string[];
  stop(): void;
}

const channel = 'http.client.request.start';

export function apiRequests(server: string): ApiRequests {
  const { host } = new URL(server);
  let seen: string[] = [];
  const note = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest };
    if (request.getHeader('host') === host) seen.push(`${request.method} ${request.path}`);
  };
  subscribe(channel, note);
  return {
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    stop: () => unsubscribe(channel, note),
  };
}

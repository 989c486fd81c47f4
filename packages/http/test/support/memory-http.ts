import { createHost, type Host, type HostOptions } from '@moorage/core';
import type { ErrorBody } from '@moorage/protocol';
import { createHttp, type Http, type HttpOptions } from '../../src/index.js';

export const token = 'test-token-0123456789';

export const manifest = (agentId = 'agent.calculator.calculation', changes: Record<string, unknown> = {}) => ({
  agent_id: agentId,
  name: 'Calculator',
  version: '1.0.0',
  capabilities: ['calculation', { name: 'arithmetic', level: 'basic' }],
  runtime: { image: 'calculator:1', probes: { interval_ms: 1000 }, ...changes },
});

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly success?: boolean;
    readonly data?: Record<string, unknown>;
    readonly error?: ErrorBody;
    readonly result?: Record<string, unknown>;
    readonly id?: string | number;
  };
}

export interface RequestParts {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: string | undefined;
}

export interface MemoryHttp extends AsyncDisposable {
  readonly host: Host;
  readonly http: Http;
  request(method: string, path: string, parts?: RequestParts): Promise<Answered>;
  /** Deploys for a customer and waits until it is healthy. */
  deploy(customer: string, agentId?: string): Promise<string>;
}

/** The tokens `tenant:<name>` and `reader` beside the operator's. */
const authenticate: HttpOptions['authenticate'] = async (request) => {
  const given = request.headers.get('authorization')?.replace('Bearer ', '') ?? '';
  if (given.startsWith('tenant:')) {
    return { subject: given, tenant: given.slice('tenant:'.length), scopes: ['container:manage'] };
  }
  return { subject: 'operator', scopes: given === 'reader' ? ['container:read'] : ['container:manage'] };
};

/** A host on memory with its API, without a server. */
export async function memoryHttp(options: HttpOptions = {}, hostOptions: HostOptions = {}): Promise<MemoryHttp> {
  const host = await createHost(hostOptions);
  const http = createHttp(host, { authenticate, ...options });
  const request: MemoryHttp['request'] = async (method, path, { body, headers = {}, as = token } = {}) => {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await http.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          authorization: `Bearer ${as}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...sent,
      }),
    );
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) };
  };
  return {
    host,
    http,
    request,
    async deploy(customer, agentId) {
      const handle = await host.deploy(manifest(agentId), { tenant: customer });
      await handle.ready();
      return handle.id;
    },
    async [Symbol.asyncDispose]() {
      http.close();
      await host.close();
    },
  };
}

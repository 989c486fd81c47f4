import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { createHost, type Host, type HostEvent } from '@moorage/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createHttp, type HttpOptions } from '../src/index.js';
import { manifest, token } from './support/memory-http.js';
import { mountings, type Served } from './support/servers.js';

let host: Host;
let served: Served | undefined;
let open = 0;
let opened = 0;
let made = 0;
beforeEach(async () => {
  host = await createHost();
  open = 0;
  opened = 0;
  made = 0;
});
afterEach(async () => {
  await served?.stop();
  await host.close();
});

/** The host with a feed that counts who listens. */
function counted(events: Host['events']): Host {
  return {
    ...host,
    events: (options) => {
      async function* feed() {
        open += 1;
        opened += 1;
        try {
          for await (const event of events(options)) {
            made += 1;
            yield event;
          }
        } finally {
          open -= 1;
        }
      }
      return feed();
    },
  };
}

async function serve(options: HttpOptions = {}, events: Host['events'] = host.events): Promise<Served> {
  const plain = mountings.find((mounting) => mounting.name === 'node:http');
  if (!plain) throw new Error('no mounting');
  served = await plain.serve(createHttp(counted(events), { token, ...options }));
  return served;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const bearer = { authorization: `Bearer ${token}` };
const socketUrl = ({ url }: Served, path: string) => `${url.replace('http', 'ws')}${path}`;

describe('a caller who goes away frees the listener', () => {
  it('of an event stream', async () => {
    const { url } = await serve();
    const leaving = new AbortController();
    const answer = await fetch(`${url}/v1/events`, { headers: bearer, signal: leaving.signal });
    await answer.body?.getReader().read();
    await until(() => open === 1);
    leaving.abort();
    await until(() => open === 0);
    expect(open).toBe(0);
  });

  it('of a WebSocket, also one that was cut', async () => {
    const api = await serve();
    const polite = new WebSocket(socketUrl(api, '/v1/live'), { headers: bearer });
    const cut = new WebSocket(socketUrl(api, '/v1/live'), { headers: bearer });
    // The host's side may be first to hear that they are open, and a socket that is not open yet throws when it is cut.
    await until(() => open === 2 && polite.readyState === WebSocket.OPEN && cut.readyState === WebSocket.OPEN);
    polite.close();
    cut.terminate();
    await until(() => open === 0);
    expect(open).toBe(0);
  });

  it('of a WebSocket whose peer is silent', async () => {
    const api = await serve({ heartbeatMs: 20 });
    const silent = new WebSocket(socketUrl(api, '/v1/live'), { headers: bearer, autoPong: false });
    const closed = new Promise<number>((resolve) => silent.once('close', resolve));
    await until(() => opened === 1);
    await closed;
    await until(() => open === 0);
    expect(open).toBe(0);
  });
});

/** More than any socket takes without being read. */
const endless: Host['events'] = async function* () {
  const event: HostEvent = {
    cursor: '1',
    at: 0,
    type: 'deployment-ready',
    deploymentId: 'd',
    tenant: 't',
    agentId: 'a',
    message: 'x'.repeat(65_536),
    data: {},
  };
  for (let index = 0; index < 4_000; index += 1) yield { ...event, cursor: String(index) };
  await new Promise(() => {});
};

async function settled(): Promise<number> {
  for (let before = -1; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (made > 0 && before === made) return made;
    before = made;
  }
}

describe('a caller who does not read slows the source down', () => {
  it('of an event stream', async () => {
    const { url } = await serve({}, endless);
    const request = httpRequest(`${url}/v1/events`, { headers: bearer }, (response) => response.pause());
    request.on('error', () => {});
    request.end();
    expect(await settled()).toBeLessThan(4_000);
    request.destroy();
    await until(() => open === 0);
  });

  it('of a WebSocket', async () => {
    const api = await serve({}, endless);
    const socket = new WebSocket(socketUrl(api, '/v1/live'), { headers: bearer });
    socket.once('open', () => socket.pause());
    expect(await settled()).toBeLessThan(4_000);
    socket.terminate();
    await until(() => open === 0);
  });
});

describe('WebSocket refusals', () => {
  const refusal = (url: string, headers: Record<string, string>, protocols: string[] = []) =>
    new Promise<number | undefined>((resolve) => {
      const socket = new WebSocket(url, protocols, { headers });
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode);
      });
      socket.once('open', () => {
        socket.close();
        resolve(101);
      });
      socket.once('error', () => {});
    });

  it.each([
    ['/v1/live', {}, [], 401],
    ['/v1/live', { authorization: 'Bearer wrong' }, [], 401],
    ['/v1/live?after=%20', bearer, [], 400],
    ['/v1/live', bearer, [], 101],
    ['/v1/live', {}, ['moorage', `bearer.${token}`], 101],
  ])('%s with %j and %j: %i', async (path, headers, protocols, status) => {
    expect(await refusal(socketUrl(await serve(), path), headers, protocols)).toBe(status);
  });

  it('serves no other site’s page where there is no token', async () => {
    const api = await serve({ token: undefined });
    expect(await refusal(socketUrl(api, '/v1/live'), { origin: 'https://evil.example' })).toBe(403);
    expect(await refusal(socketUrl(api, '/v1/live'), { origin: api.url })).toBe(101);
  });
});

describe('requests that misbehave on the wire', () => {
  const raw = (url: string, text: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = '';
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.setEncoding('utf8').on('data', (part: string) => {
        answer += part;
        if (answer.includes('\r\n\r\n') && answer.includes('}')) socket.destroy();
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  const head = (length: number) =>
    `POST /v1/containers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

  it('answers 408 to a body that does not arrive', async () => {
    const { url } = await serve({ requestTimeoutMs: 50 });
    const answer = await raw(url, `${head(100)}{"half":`);
    expect(answer).toContain('HTTP/1.1 408');
    expect(answer).toContain('"code":"timeout"');
  });

  it('answers 413 before a large body is sent', async () => {
    const { url } = await serve({ bodyLimitBytes: 1000 });
    expect(await raw(url, head(1_000_000))).toContain('HTTP/1.1 413');
  });

  it('answers 504 when the host does not, and goes on serving', async () => {
    const never = { ...host, list: () => new Promise<never>(() => {}) };
    const plain = mountings[0];
    served = await plain?.serve(createHttp(never, { token, requestTimeoutMs: 20 }));
    const answer = await fetch(`${served?.url}/v1/containers`, { headers: bearer });
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ success: false, error: { code: 'timeout', retryable: true } });
    expect((await fetch(`${served?.url}/healthz`)).status).toBe(200);
  });

  it('answers what a host with a strange name in its header asks for, without using the name', async () => {
    const { url } = await serve();
    const text = `GET /v1/manifest HTTP/1.1\r\nHost: a"b<c>\r\nConnection: close\r\n\r\n`;
    const answer = await raw(url, text);
    expect(answer).not.toContain('a"b<c>');
  });
});

describe('the pages without a token', () => {
  it('tell nothing of customers, and figures to operators only', async () => {
    const { url } = await serve();
    await (await host.deploy(manifest(), { tenant: 'customer-secret' })).ready();
    for (const path of [
      '/healthz',
      '/readyz',
      '/v1/manifest',
      '/.well-known/agent-card.json',
      '/openapi.json',
      '/docs',
    ]) {
      const answer = await fetch(url + path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(await answer.text()).not.toContain('customer-secret');
    }
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const metrics = await fetch(`${url}/metrics`, { headers: bearer });
    expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await metrics.text()).toContain('moorage_deployments{phase="ready"} 1');
  });
});

import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, openGateway, startAgent } from './kit.js';

/** An agent that tells the headers it got. */
const mirror = () =>
  startAgent((request, response) => {
    response.writeHead(200, { 'x-internal': '1', connection: 'close, x-internal', 'keep-alive': 'timeout=1' });
    response.end(JSON.stringify(request.headers));
  });

/** Sends bytes as they are and gives all that comes back until the connection ends. */
function raw(url: string, bytes: string): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

describe('gateway: headers', () => {
  it('takes out what belongs to one connection, also what Connection names', async () => {
    const { url } = await openGateway({}, await mirror());
    const answer = await ask(url, {
      headers: {
        connection: 'close, X-Secret-Hop, content-type',
        'x-secret-hop': '1',
        'content-type': 'text/x',
        te: 'trailers',
        'proxy-authorization': 'Basic x',
        'keep-alive': '5',
        'x-kept': 'yes',
      },
    });
    const seen = JSON.parse(answer.text) as Record<string, string>;
    expect(seen).toMatchObject({ 'x-kept': 'yes', 'content-type': 'text/x' });
    for (const name of ['x-secret-hop', 'te', 'proxy-authorization', 'keep-alive'])
      expect(seen).not.toHaveProperty(name);
    expect(answer.headers).not.toHaveProperty('x-internal');
  });

  it('says itself where a request comes from, and does not believe the client', async () => {
    const { url } = await openGateway({}, await mirror());
    const answer = await ask(url, {
      headers: {
        host: 'calc.example.org',
        'x-forwarded-for': '6.6.6.6',
        'X-Forwarded-Proto': 'https',
        'x-forwarded-host': 'evil',
        forwarded: 'for=6.6.6.6',
        'x-real-ip': '6.6.6.6',
      },
    });
    const seen = JSON.parse(answer.text) as Record<string, string>;
    expect(seen).toMatchObject({
      host: 'calc.example.org',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'calc.example.org',
    });
    expect(answer.text).not.toContain('6.6.6.6');
  });

  it('serves many requests on one connection', async () => {
    const { url } = await openGateway({}, await mirror());
    const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    const text = await raw(url, `${get}${get}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  });

  it('serves HTTP/1.0 without chunks', async () => {
    const agent = await startAgent((_request, response) => {
      response.writeHead(200, { trailer: 'x-late' });
      response.write('streamed');
      response.end();
    });
    const { url } = await openGateway({}, agent);
    const text = await raw(url, 'GET / HTTP/1.0\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 200/);
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text.endsWith('\r\n\r\nstreamed')).toBe(true);
  });

  it('understands a whole URL as the target', async () => {
    const agent = await startAgent((request, response) => response.end(request.url));
    const { url } = await openGateway({}, agent);
    const text = await raw(url, 'GET http://other.example/a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(text).toMatch(/\/a\?b/);
  });

  it('passes bytes beyond ASCII on as they are', async () => {
    const agent = await startAgent((request, response) => {
      response.setHeader('x-back', request.headers['x-name'] ?? '');
      response.end();
    });
    const { url } = await openGateway({}, agent);
    const text = await raw(url, 'GET / HTTP/1.1\r\nHost: x\r\nX-Name: \u00fcber\r\nConnection: close\r\n\r\n');
    expect(text).toMatch(/x-back: \u00fcber\r\n/i);
  });

  it.each([
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 405],
    ['a target that is no path', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    [
      'two lengths at once',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
      400,
    ],
    ['two different lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n', 400],
    ['headers beyond 64 KiB', `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
  ])('refuses %s', async (_name, bytes, status) => {
    const asked: (string | undefined)[] = [];
    const agent = await startAgent((request, response) => {
      asked.push(request.url);
      response.end();
    });
    const { url } = await openGateway({}, agent);
    expect(await raw(url, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(asked).toEqual([]);
  });

  it('takes large headers', async () => {
    const agent = await startAgent((request, response) => {
      response.setHeader('x-back', request.headers['x-big'] ?? '');
      response.end();
    });
    const { url } = await openGateway({}, agent);
    // Less than the agent's limit, which is Node's own of 16 KiB.
    const big = 'x'.repeat(12_000);
    expect((await ask(url, { headers: { 'x-big': big } })).headers['x-back']).toBe(big);
  });
});

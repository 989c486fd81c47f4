import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { gate, onCleanUp, openGateway, startAgent } from './kit.js';

async function echoAgent() {
  const agent = await startAgent((_request, response) => response.end('plain'));
  const echo = new WebSocketServer({ server: agent.server });
  echo.on('connection', (socket, request) => {
    socket.send(JSON.stringify(request.headers));
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  onCleanUp(() => {
    for (const client of echo.clients) client.terminate();
    echo.close();
  });
  return { ...agent, echo };
}

function client(url: string) {
  const socket = new WebSocket(url.replace('http', 'ws'));
  const received: Buffer[] = [];
  const closed = gate<number>();
  socket.on('message', (data) => received.push(data as Buffer));
  socket.on('error', () => undefined);
  socket.on('close', (code) => closed.open(code));
  onCleanUp(() => socket.terminate());
  return { socket, received, closed: closed.opened };
}

/** A GET with these headers; all that comes back until the connection ends. */
function raw(url: string, headers: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
  });
}

describe('gateway: WebSocket', () => {
  it('joins client and agent, in both directions, with the headers of the gateway', async () => {
    const agent = await echoAgent();
    const { door, url } = await openGateway({}, agent);
    const { socket, received, closed } = client(url);
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(1);
    expect(JSON.parse(String(received[0]))).toMatchObject({ 'x-forwarded-for': '127.0.0.1', upgrade: 'websocket' });
    const big = Buffer.alloc(1024 * 1024, 'x');
    socket.send('hello');
    socket.send(big);
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(3);
    expect(String(received[1])).toBe('hello');
    expect(received[2]?.equals(big)).toBe(true);
    expect(door.load('a-1')).toMatchObject({ inFlight: 1, requests: 1 });
    socket.close(1000);
    expect(await closed).toBe(1000);
    await expect.poll(() => door.load('a-1')?.inFlight, { timeout: 20_000 }).toBe(0);
  });

  it('ends the client when the agent dies, and the agent when the client does', async () => {
    const agent = await echoAgent();
    const { url } = await openGateway({}, agent);
    const first = client(url);
    await expect.poll(() => first.received.length, { timeout: 20_000 }).toBe(1);
    first.socket.terminate();
    await expect.poll(() => agent.echo.clients.size, { timeout: 20_000 }).toBe(0);
    const second = client(url);
    await expect.poll(() => second.received.length, { timeout: 20_000 }).toBe(1);
    for (const socket of agent.echo.clients) socket.terminate();
    expect(await second.closed).toBe(1006);
  });

  it('waits for a backend like any other request', async () => {
    const { door, url } = await openGateway();
    const { received } = client(url);
    await expect.poll(() => door.load('a-1')?.waiting, { timeout: 20_000 }).toBe(1);
    door.route('a-1', [(await echoAgent()).backend]);
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(1);
  });

  it('goes to another backend when one refuses the connection', async () => {
    const dead = await echoAgent();
    await dead.crash();
    const { url } = await openGateway({}, dead, await echoAgent());
    const clients = [client(url), client(url)];
    for (const { received } of clients) await expect.poll(() => received.length, { timeout: 20_000 }).toBe(1);
  });

  it('passes the refusal of an agent on and ends that connection', async () => {
    const agent = await startAgent(() => undefined);
    agent.server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    });
    const { url } = await openGateway({}, agent);
    const text = await raw(url, 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).toMatch(/connection: close/i);
    expect(text.endsWith('no')).toBe(true);
  });

  it('serves a request that offers another protocol as a plain one', async () => {
    const { url } = await openGateway({}, await echoAgent());
    const text = await raw(url, 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.endsWith('plain')).toBe(true);
  });

  it('refuses an upgrade with a body, which it could not read as HTTP any more', async () => {
    const { url } = await openGateway({}, await echoAgent());
    const text = await raw(url, 'Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 501 /);
  });

  it('ends joined connections when the address is released', async () => {
    const { door, url } = await openGateway({ releaseGraceMs: 0 }, await echoAgent());
    const { received, closed } = client(url);
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(1);
    await door.release('a-1');
    expect(await closed).toBe(1006);
  });
});

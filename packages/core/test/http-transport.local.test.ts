import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpTransport } from '../src/engine/http-transport.js';
import type { AgentTransport } from '../src/ports/agent-transport.js';

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<{ host: string; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function agent(listener: RequestListener) {
  return listen(createServer(listener));
}

function transport(): AgentTransport {
  const made = httpTransport();
  cleanUps.push(() => made.close());
  return made;
}

/** Blocks the event loop without burning the processor. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

describe('httpTransport', () => {
  it('passes a 2xx answer and reads the load', async () => {
    const endpoint = await agent(json(200, { status: 'ok', load: 0.25 }));
    expect(await transport().probe(endpoint, '/health', 20_000)).toMatchObject({
      kind: 'pass',
      load: 0.25,
      warn: false,
    });
  });

  it('asks for the given path', async () => {
    const endpoint = await agent((request, response) => {
      response.writeHead(request.url === '/alive?x=1' && request.method === 'GET' ? 204 : 500).end();
    });
    expect(await transport().probe(endpoint, '/alive?x=1', 20_000)).toMatchObject({ kind: 'pass', load: undefined });
  });

  it.each([
    ['429', json(429, {})],
    ['a body that says warn', json(200, { status: 'warn' })],
    ['a body that says degraded', json(200, { status: 'degraded' })],
  ])('warns for %s', async (_name, listener) => {
    expect(await transport().probe(await agent(listener), '/health', 20_000)).toMatchObject({
      kind: 'pass',
      warn: true,
    });
  });

  it('fails another status by status, and a 2xx whose body says so by body', async () => {
    const failing = await agent(json(503, { message: 'no database' }));
    expect(await transport().probe(failing, '/health', 20_000)).toMatchObject({
      kind: 'fail',
      error: 'status',
      message: 'no database',
    });
    const down = await agent(json(200, { status: 'down' }));
    expect(await transport().probe(down, '/health', 20_000)).toMatchObject({ kind: 'fail', error: 'body' });
  });

  it('reads at most 4 KiB of a body that never ends', async () => {
    let closed = false;
    const endpoint = await agent((_request, response) => {
      response.writeHead(200);
      response.on('close', () => {
        closed = true;
      });
      const more = () => {
        if (!response.destroyed && response.write('x'.repeat(1_024))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    });
    expect(await transport().probe(endpoint, '/health', 20_000)).toMatchObject({ kind: 'pass' });
    await expect.poll(() => closed, { timeout: 20_000 }).toBe(true);
  });

  it('tells a refused connection, one that breaks off, and one that never answers apart', async () => {
    const gone = await listen(createTcpServer());
    await cleanUps.pop()?.();
    expect(await transport().probe(gone, '/health', 20_000)).toMatchObject({ kind: 'fail', error: 'refused' });
    const cutting = await listen(createTcpServer((socket) => socket.once('data', () => socket.destroy())));
    expect(await transport().probe(cutting, '/health', 20_000)).toMatchObject({ kind: 'fail', error: 'network' });
    const half = await agent((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setImmediate(() => response.destroy());
    });
    expect(await transport().probe(half, '/health', 20_000)).toMatchObject({ kind: 'fail', error: 'network' });
    const silent = await agent(() => undefined);
    // Either is right on a machine that stalls; a failure must be a timeout.
    const result = await transport().probe(silent, '/health', 300);
    if (result.kind === 'fail') expect(result.error).toBe('timeout');
    else expect(result.kind).toBe('inconclusive');
  });

  it('says nothing about an agent that did not answer while we were blocked ourselves', async () => {
    const silent = await agent(() => undefined);
    const result = transport().probe(silent, '/health', 1_000);
    await new Promise((resolve) => setImmediate(resolve));
    block(900);
    expect(await result).toMatchObject({ kind: 'inconclusive' });
  });

  it('takes an answer that was there before we came to read it, and does not charge our delay to the agent', async () => {
    const endpoint = await agent(json(200, {}));
    const made = transport();
    const result = made.probe(endpoint, '/health', 20_000);
    block(1_500);
    const found = await result;
    expect(found).toMatchObject({ kind: 'pass' });
    if (found.kind === 'pass') expect(found.responseTimeMs).toBeGreaterThanOrEqual(0);
  });

  it('keeps its connection, and tries once more when the agent closed it between two probes', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warning.name === 'MaxListenersExceededWarning' && warnings.push(warning);
    process.on('warning', warned);
    cleanUps.push(() => process.off('warning', warned));
    const sockets = new Set<Socket>();
    const server = createServer(json(200, {}));
    server.on('connection', (socket) => sockets.add(socket));
    const endpoint = await listen(server);
    const made = transport();
    // More rounds than listeners that Node allows on one socket before it warns of a leak.
    for (let round = 0; round < 15; round += 1)
      expect((await made.probe(endpoint, '/health', 20_000)).kind).toBe('pass');
    expect(sockets.size).toBe(1);
    expect(warnings).toEqual([]);
    for (const socket of sockets) socket.destroy();
    expect((await made.probe(endpoint, '/health', 20_000)).kind).toBe('pass');
    expect(sockets.size).toBe(2);
  });

  it('never rejects, whatever it is given', async () => {
    const made = transport();
    expect(await made.probe({ host: '127.0.0.1', port: 1 }, '/a b\n', 20_000)).toMatchObject({
      kind: 'fail',
      error: 'network',
    });
    expect(await made.probe({ host: '127.0.0.1', port: 99_999 }, '/', 20_000)).toMatchObject({
      kind: 'fail',
      error: 'network',
    });
  });

  it('ends what is under way when it is closed, and answers at once afterwards', async () => {
    const silent = await agent(() => undefined);
    const made = transport();
    const pending = made.probe(silent, '/health', 60_000);
    await made.close();
    expect(await pending).toMatchObject({ kind: 'fail', error: 'aborted' });
    expect(await made.probe(silent, '/health', 60_000)).toMatchObject({ kind: 'fail', error: 'aborted' });
  });
});

import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MoorageError } from '../src/errors.js';
import { type ServeAgentOptions, serveAgent } from '../src/shell/index.js';
import { type Bundle, bundle } from './bundle.js';
import { type Program, startProgram } from './program.js';

const manifest = {
  agent_id: 'agent.test.shell',
  name: 'Shell',
  version: '1.0.0',
  runtime: { port: 8080, health_path: '/up', env: [{ name: 'KEY', value: 'hunter2', secret: true }] },
};

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(options: Partial<ServeAgentOptions> = {}) {
  const lines: string[] = [];
  const agent = await serveAgent({
    manifest,
    actions: {},
    port: 0,
    host: '127.0.0.1',
    signals: false,
    env: {},
    log: (line) => lines.push(line),
    ...options,
  });
  cleanUps.push(() => agent.close());
  const send = (body: string | object, path = '/actions') =>
    fetch(agent.url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { agent, lines, send };
}

/** An action that waits to be let go. */
function gate() {
  let open: () => void = () => {};
  let enter: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const entered = new Promise<void>((resolve) => {
    enter = resolve;
  });
  const wait = async () => {
    enter();
    await opened;
    return 'done';
  };
  return { open, entered, wait };
}

describe('a served agent', () => {
  it('answers an action plainly, and in an envelope when it has an id', async () => {
    const { send } = await serve({ actions: { echo: (params) => params } });
    const plain = await send({ action: 'echo', params: { text: 'ü' } });
    expect([plain.status, await plain.json()]).toEqual([
      200,
      { result: { text: 'ü' }, action: 'echo', duration_ms: expect.any(Number) },
    ]);
    const wrapped = await send({ id: 'r-1', action: 'echo' });
    expect([wrapped.status, await wrapped.json()]).toEqual([200, { id: 'r-1', result: {} }]);
  });

  it.each([
    ['{"action": ', 400, 'The body is not JSON'],
    ['', 400, 'The body is not JSON'],
    ['[]', 400, 'body is a list'],
    [{}, 400, 'action is missing'],
    [{ action: 'x', params: 5 }, 400, 'params is 5'],
    ['{"action": "echo", "params": {"__proto__": {"a": 1}}}', 400, 'params.__proto__'],
    [{ action: 'missing' }, 404, 'no action "missing"'],
    [{ action: 'conflicting' }, 409, 'try later'],
    [`"${'x'.repeat(1_048_577)}"`, 400, 'more than 1048576 bytes'],
    [`"${'x'.repeat(4_000_000)}"`, 400, 'more than 1048576 bytes'],
  ])('refuses %.40j with %i', async (body, status, words) => {
    const conflicting = () => {
      throw new MoorageError('conflict', 'try later');
    };
    const { send } = await serve({ actions: { echo: (params) => params, conflicting } });
    const response = await send(body);
    const { error } = (await response.json()) as { error: { code: string; message: string; retryable: boolean } };
    expect(response.status).toBe(status);
    expect(error.message).toContain(words);
    expect(error.retryable).toBe(status === 409);
  });

  it('keeps the words of a broken action inside, and carries the id back', async () => {
    const broken = () => {
      throw new Error('password=hunter2');
    };
    const { send, lines } = await serve({ actions: { broken, unsayable: () => 1n } });
    const response = await send({ id: 7, action: 'broken' });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ id: 7, error: { code: 'internal' } });
    expect(text).not.toContain('hunter2');
    expect(lines.join()).toContain('password=hunter2');
    expect((await send({ action: 'unsayable' })).status).toBe(500);
  });

  it('tells its health, with the load of what is in flight, at both paths', async () => {
    const { open, entered, wait } = gate();
    const { agent, send } = await serve({ actions: { wait }, concurrency: 4 });
    const running = send({ action: 'wait' });
    await entered;
    for (const path of ['/health', '/up', '/up?x=1']) {
      const response = await fetch(agent.url + path);
      expect([response.status, await response.json()]).toEqual([
        200,
        { status: 'ok', load: 0.25, uptime: expect.any(Number) },
      ]);
    }
    open();
    expect((await running).status).toBe(200);
    expect(await (await fetch(`${agent.url}/health`)).json()).toMatchObject({ load: 0 });
  });

  it('refuses more actions at once than it takes', async () => {
    const { open, entered, wait } = gate();
    const { send } = await serve({ actions: { wait }, concurrency: 1 });
    const running = send({ action: 'wait' });
    await entered;
    const refused = await send({ action: 'wait' });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    open();
    expect((await running).status).toBe(200);
  });

  it.each<[ServeAgentOptions['health'], number, object]>([
    [() => ({ load: 0.75 }), 200, { status: 'ok', load: 0.75 }],
    [
      async () => ({ status: 'degraded', message: 'slow disk' }),
      200,
      { status: 'degraded', message: 'slow disk', load: 0 },
    ],
    [() => ({ status: 'unhealthy' }), 503, { status: 'unhealthy' }],
    [
      () => Promise.reject(new Error('hunter2')),
      503,
      { status: 'unhealthy', message: 'The health function of the agent failed' },
    ],
  ])('takes the author’s word for its health', async (health, status, expected) => {
    const { agent } = await serve({ health });
    const response = await fetch(`${agent.url}/health`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(expected);
  });

  it('shows its manifest without any variable', async () => {
    const { agent } = await serve();
    const text = await (await fetch(`${agent.url}/manifest`)).text();
    expect(JSON.parse(text)).toEqual({ ...manifest, runtime: { port: 8080, health_path: '/up' } });
  });

  it('refuses other paths and methods, and says what there is', async () => {
    const { agent } = await serve();
    const lost = await fetch(`${agent.url}/nowhere`);
    expect([lost.status, await lost.text()]).toEqual([404, expect.stringContaining('POST /actions')]);
    const wrong = await fetch(`${agent.url}/actions`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${agent.url}/health`, { method: 'HEAD' })).status).toBe(200);
  });

  it('aborts an action whose caller has left', async () => {
    let aborted = false;
    const { entered, wait } = gate();
    const watched = (_: unknown, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return wait();
    };
    const { agent } = await serve({ actions: { watched } });
    const caller = httpRequest(`${agent.url}/actions`, { method: 'POST' });
    caller.on('error', () => {});
    caller.end(JSON.stringify({ action: 'watched' }));
    await entered;
    caller.destroy();
    await expect.poll(() => aborted, { timeout: 20_000 }).toBe(true);
  });

  it('is not started with a bad manifest, a bad PORT, or a port that is taken', async () => {
    const options = { manifest, actions: {}, host: '127.0.0.1', signals: false, env: {} };
    await expect(serveAgent({ ...options, manifest: { name: 'x' } })).rejects.toThrow('agent_id is missing');
    await expect(serveAgent({ ...options, env: { PORT: '80a' } })).rejects.toThrow('PORT is "80a"');
    const taken = createTcpServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => new Promise((resolve) => taken.close(resolve)));
    const port = String((taken.address() as AddressInfo).port);
    await expect(serveAgent({ ...options, env: { PORT: port } })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('reports usage to the host that runs it, and the rest when it closes', async () => {
    const collector = await collectUsage();
    const env = {
      MOORAGE_USAGE_URL: collector.url,
      MOORAGE_USAGE_TOKEN: 'usage-token',
      MOORAGE_CUSTOMER_ID: 'customer-1',
      MOORAGE_AGENT_ID: 'agent.renamed',
    };
    const { agent, send } = await serve({ env, actions: { echo: () => 1 } });
    await send({ action: 'echo' });
    await send({ action: 'nothing' });
    await agent.close();
    expect(collector.events).toMatchObject([{ agent_id: 'agent.renamed', customer_id: 'customer-1', action: 'echo' }]);
    expect(collector.tokens).toEqual(['Bearer usage-token']);
  });
});

async function collectUsage() {
  const events: unknown[] = [];
  const tokens: (string | undefined)[] = [];
  const server: Server = createServer(async (request, response) => {
    tokens.push(request.headers.authorization);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    events.push(...(JSON.parse(text) as { events: unknown[] }).events);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"success":true,"data":{"accepted":1}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, events, tokens };
}

describe('an agent that is told to end', () => {
  let program: Bundle;
  beforeAll(async () => {
    program = await bundle(`
      import { serveAgent } from '#protocol/shell/index.ts';
      const slow = async ({ ms }) => {
        console.log('slow begins');
        await new Promise((resolve) => setTimeout(resolve, ms));
        return 'done';
      };
      const agent = await serveAgent({ manifest: ${JSON.stringify(manifest)}, actions: { slow }, host: '127.0.0.1' });
      console.log('listening at ' + agent.url);
    `);
  });
  afterAll(() => program.remove());

  function start(env: Record<string, string> = {}): Program {
    const running = startProgram(program.file, { PORT: '0', ...env });
    cleanUps.push(async () => {
      running.process.kill('SIGKILL');
      await running.ended;
    });
    return running;
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('finishes what is in flight on %s, and exits with 0', async (signal) => {
    const agent = start();
    const url = await agent.written(/listening at (\S+)/);
    const request = fetch(`${url}/actions`, { method: 'POST', body: '{"action":"slow","params":{"ms":300}}' });
    await agent.written(/slow begins/);
    agent.process.kill(signal);
    const response = await request;
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ result: 'done' })]);
    expect(await agent.ended).toEqual({ code: 0, signal: null });
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('cuts off what takes too long, with an error that may be tried again, and still exits with 0', async () => {
    const agent = start();
    const url = await agent.written(/listening at (\S+)/);
    const request = fetch(`${url}/actions`, { method: 'POST', body: '{"action":"slow","params":{"ms":3600000}}' });
    await agent.written(/slow begins/);
    agent.process.kill('SIGTERM');
    agent.process.kill('SIGTERM');
    const response = await request;
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: expect.objectContaining({ code: 'unavailable', retryable: true }) },
    ]);
    expect(await agent.ended).toEqual({ code: 0, signal: null });
  });

  it('is not kept by a connection that does nothing', async () => {
    const agent = start();
    const url = await agent.written(/listening at (\S+)/);
    const idle = httpRequest(`${url}/health`, { headers: { connection: 'keep-alive' } });
    const answered = new Promise<IncomingMessage>((resolve) => idle.once('response', resolve));
    idle.end();
    (await answered).resume();
    agent.process.kill('SIGTERM');
    expect(await agent.ended).toEqual({ code: 0, signal: null });
  });

  it('does not end for a usage endpoint that nobody answers', async () => {
    const agent = start({ MOORAGE_USAGE_URL: 'http://127.0.0.1:9', MOORAGE_CUSTOMER_ID: 'c' });
    const url = await agent.written(/listening at (\S+)/);
    const response = await fetch(`${url}/actions`, { method: 'POST', body: '{"action":"slow","params":{"ms":1}}' });
    expect(response.status).toBe(200);
    agent.process.kill('SIGTERM');
    expect(await agent.ended).toEqual({ code: 0, signal: null });
    expect(agent.output()).toContain('1 usage events could not be sent');
  });
});

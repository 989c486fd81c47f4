import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { address, ask, gate, openGateway, startAgent, startGateway } from './kit.js';

const portOf = (url: string) => Number(new URL(url).port);

describe('gateway: addresses', () => {
  it('opens an address once and tells its URL', async () => {
    const door = startGateway();
    expect(door.needsPort).toBe(true);
    const [first, second] = await Promise.all([door.open(address(), 'customer-1'), door.open(address(), 'customer-1')]);
    expect(first).toBe(second);
    expect(first).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(door.url('a-1')).toBe(first);
  });

  it('names the port that another program has', async () => {
    const other = await startAgent((_request, response) => response.end());
    const { port } = other.backend.endpoint;
    await expect(startGateway().open(address('a-1', port), 'customer-1')).rejects.toMatchObject({
      code: 'already_exists',
      message: expect.stringContaining(String(port)),
      context: { port },
    });
  });

  it('refuses an address without a port', async () => {
    const record = { ...address(), port: undefined };
    await expect(startGateway().open(record, 'customer-1')).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('frees the port with release, ends kept connections, and gives the same one again', async () => {
    const agent = await startAgent((_request, response) => response.end('here'));
    const { door, url } = await openGateway({}, agent);
    const socket = connect(portOf(url), '127.0.0.1');
    const ended = gate();
    socket.on('close', () => ended.open());
    socket.on('error', () => undefined);
    const answered = gate();
    socket.on('data', () => answered.open());
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await answered.opened;
    await door.release('a-1');
    await door.release('a-1');
    await ended.opened;
    await expect(ask(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(door.url('a-1')).toBeUndefined();
    // As after a restart of the host: another gateway, the same record.
    const next = startGateway();
    expect(await next.open(address('a-1', portOf(url)), 'customer-1')).toBe(url);
    next.route('a-1', [agent.backend]);
    expect((await ask(url)).text).toBe('here');
  });

  it('opens a port again while its release is still under way', async () => {
    const arrived = gate();
    const agent = await startAgent((_request, response) => {
      response.write('never ends');
      arrived.open();
    });
    const { door, url } = await openGateway({ releaseGraceMs: 300 }, agent);
    const port = portOf(url);
    await door.release('a-1');
    await door.open(address('a-1', port), 'customer-1');
    door.route('a-1', [agent.backend]);
    const broken = expect(ask(url)).rejects.toThrow();
    await arrived.opened;
    const released = door.release('a-1');
    expect(await door.open(address('a-1', port), 'customer-1')).toBe(url);
    await released;
    await broken;
  });

  it('lets requests in flight finish when it is released, and turns away who waits', async () => {
    const release = gate();
    const arrived = gate();
    const agent = await startAgent(async (_request, response) => {
      arrived.open();
      await release.opened;
      response.end('finished');
    });
    const { door, url } = await openGateway({ releaseGraceMs: 60_000 }, agent);
    const inFlight = ask(url);
    await arrived.opened;
    door.route('a-1', []);
    const waiting = ask(url);
    await expect.poll(() => door.load('a-1')?.waiting, { timeout: 20_000 }).toBe(1);
    const released = door.release('a-1');
    expect((await waiting).status).toBe(503);
    release.open();
    expect((await inFlight).text).toBe('finished');
    await released;
  });

  it('takes no more addresses when it is closed', async () => {
    const { door, url } = await openGateway();
    await door.close();
    await door.close();
    await expect(ask(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(door.open(address(), 'customer-1')).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('writes the public host into its URLs', async () => {
    const door = startGateway({ publicHost: 'agents.example.org' });
    expect(await door.open(address(), 'customer-1')).toMatch(/^http:\/\/agents\.example\.org:\d+$/);
  });
});

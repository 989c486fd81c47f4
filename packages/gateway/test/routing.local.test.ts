import { describe, expect, it } from 'vitest';
import { address, ask, gate, openGateway, startAgent, startGateway } from './kit.js';

const named = (name: string) => startAgent((_request, response) => response.end(name));

describe('gateway: routing', () => {
  it('sends each request to the backend with the fewest in flight', async () => {
    const release = gate();
    const busy = gate();
    const slow = await startAgent(async (_request, response) => {
      busy.open();
      await release.opened;
      response.end('slow');
    });
    const { door, url } = await openGateway({}, slow);
    const first = ask(url);
    await busy.opened;
    const quick = await named('quick');
    door.route('a-1', [slow.backend, quick.backend]);
    for (let round = 0; round < 5; round += 1) expect((await ask(url)).text).toBe('quick');
    release.open();
    expect((await first).text).toBe('slow');
  });

  it('takes turns among equals', async () => {
    const agents = await Promise.all(['a', 'b', 'c'].map(named));
    const { url } = await openGateway({}, ...agents);
    const seen: string[] = [];
    for (let round = 0; round < 6; round += 1) seen.push((await ask(url)).text);
    expect([...seen].sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  });

  it('drains what left: its requests finish, new ones do not go there', async () => {
    const release = gate();
    const arrived = gate();
    const old = await startAgent(async (_request, response) => {
      arrived.open();
      await release.opened;
      response.end('old');
    });
    const fresh = await named('new');
    const { door, url } = await openGateway({}, old);
    const pending = ask(url);
    await arrived.opened;
    door.route('a-1', [fresh.backend]);
    expect((await ask(url)).text).toBe('new');
    await door.drain(old.backend.instance, 50);
    expect(door.load('a-1')?.inFlight).toBe(1);
    const drained = door.drain(old.backend.instance, 60_000);
    release.open();
    await drained;
    expect((await pending).text).toBe('old');
    await door.drain(old.backend.instance, 60_000);
    await door.drain('never heard of', 60_000);
    await expect.poll(() => door.load('a-1')?.inFlight, { timeout: 20_000 }).toBe(0);
  });

  it('lets requests wait while nothing is ready, tells so, and serves them then', async () => {
    const { door, url } = await openGateway();
    const woken: string[] = [];
    door.onWaiting?.((deploymentId) => woken.push(deploymentId));
    const pending = [1, 2, 3].map(() => ask(url, { method: 'POST', body: 'x' }));
    await expect.poll(() => door.load('a-1')?.waiting, { timeout: 20_000 }).toBe(3);
    expect(woken).toEqual(['d-1', 'd-1', 'd-1']);
    door.route('a-1', [(await named('awake')).backend]);
    for (const answer of await Promise.all(pending)) expect(answer.text).toBe('awake');
    expect(door.load('a-1')).toMatchObject({ waiting: 0, requests: 3 });
  });

  const unavailable = {
    status: 503,
    headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/), 'content-type': expect.stringContaining('json') },
    text: expect.stringContaining('{"success":false,"error":{"code":"unavailable","message":"'),
  };

  it('answers 503 with Retry-After to those beyond the limit, and serves the others', async () => {
    const { door, url } = await openGateway({ maxWaiting: 2, waitMs: 600_000 });
    const pending = [1, 2].map(() => ask(url));
    await expect.poll(() => door.load('a-1')?.waiting, { timeout: 20_000 }).toBe(2);
    expect(await ask(url)).toMatchObject(unavailable);
    door.route('a-1', [(await named('ready')).backend]);
    for (const answer of await Promise.all(pending)) expect(answer.text).toBe('ready');
  });

  it('answers 503 with Retry-After when the wait is over', async () => {
    const { url } = await openGateway({ waitMs: 50 });
    expect(await ask(url)).toMatchObject(unavailable);
    const dead = await named('dead');
    await dead.crash();
    const refusing = await openGateway({ waitMs: 50 }, dead);
    expect(await ask(refusing.url)).toMatchObject(unavailable);
  });

  it('forgets a client that leaves while it waits', async () => {
    const { door, url } = await openGateway();
    const abort = new AbortController();
    const pending = fetch(url, { signal: abort.signal });
    await expect.poll(() => door.load('a-1')?.waiting, { timeout: 20_000 }).toBe(1);
    abort.abort();
    await expect(pending).rejects.toThrow();
    await expect.poll(() => door.load('a-1')?.waiting, { timeout: 20_000 }).toBe(0);
  });

  it('tries another backend when one refuses the connection, with the body still whole', async () => {
    const dead = await named('dead');
    await dead.crash();
    const alive = await startAgent(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      response.end(`alive ${text}`);
    });
    const { url } = await openGateway({}, dead, alive);
    for (let round = 0; round < 4; round += 1) {
      expect((await ask(url, { method: 'POST', body: 'payload' })).text).toBe('alive payload');
    }
  });

  it('waits for a replacement when the only backend refuses', async () => {
    const dead = await named('dead');
    await dead.crash();
    const { door, url } = await openGateway({}, dead);
    const pending = ask(url, { method: 'POST', body: 'x' });
    await expect.poll(() => door.load('a-1')?.waiting, { timeout: 20_000 }).toBe(1);
    door.route('a-1', [(await named('replacement')).backend]);
    expect((await pending).text).toBe('replacement');
  });

  it('repeats a GET whose kept connection the agent had closed', async () => {
    let asked = 0;
    const agent = await startAgent((request, response) => {
      asked += 1;
      if (asked === 2) request.socket.destroy();
      else response.end(String(asked));
    });
    const { url } = await openGateway({}, agent);
    expect((await ask(url)).text).toBe('1');
    expect((await ask(url)).text).toBe('3');
  });

  it('keeps two addresses apart', async () => {
    const door = startGateway();
    const urls = [await door.open(address('a-1'), 'customer-1'), await door.open(address('a-2'), 'customer-2')];
    door.route('a-1', [(await named('one')).backend]);
    door.route('a-2', [(await named('two')).backend]);
    expect(await Promise.all(urls.map(async (url) => (await ask(url)).text))).toEqual(['one', 'two']);
    door.route('unknown', []);
    expect([door.url('unknown'), door.load('unknown')]).toEqual([undefined, undefined]);
  });

  it('serves hundreds of requests at once without one error while its backends are exchanged', async () => {
    const start = () =>
      startAgent((request, response) => {
        request.resume();
        request.on('end', () => setImmediate(() => response.end('ok')));
      });
    let agents = [await start(), await start()];
    const { door, url } = await openGateway({ maxWaiting: 1_000 }, ...agents);
    let open = true;
    const answers: string[] = [];
    const client = async (index: number) => {
      for (let round = 0; round < 12 || open; round += 1) {
        const answer = await ask(url, index % 2 ? { method: 'POST', body: 'x'.repeat(2_000) } : {});
        answers.push(`${answer.status} ${answer.text}`);
      }
    };
    const clients = Array.from({ length: 100 }, (_, index) => client(index));
    for (let exchange = 0; exchange < 8; exchange += 1) {
      const [old, ...rest] = agents;
      agents = [...rest, await start()];
      // Once there is nothing at all for a moment.
      if (exchange === 4) door.route('a-1', []);
      door.route(
        'a-1',
        agents.map((agent) => agent.backend),
      );
      if (old) {
        await door.drain(old.backend.instance, 60_000);
        await old.crash();
      }
    }
    open = false;
    await Promise.all(clients);
    expect(answers.filter((answer) => answer !== '200 ok')).toEqual([]);
    expect(answers.length).toBeGreaterThanOrEqual(1_200);
  });
});

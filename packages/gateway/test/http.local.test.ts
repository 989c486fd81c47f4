import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ask, gate, openGateway, startAgent } from './kit.js';

describe('gateway: HTTP', () => {
  it('passes method, path, query, body and status through', async () => {
    const agent = await startAgent(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.writeHead(201, { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] });
      response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
    });
    const { url } = await openGateway({}, agent);
    const answer = await ask(url, { method: 'POST', path: '/actions?x=%20y', body: '{"a":5}' });
    expect([answer.status, answer.text]).toEqual([201, 'POST /actions?x=%20y {"a":5}']);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('answers HEAD and 304 without a body', async () => {
    const agent = await startAgent((request, response) => {
      if (request.url === '/304') response.writeHead(304, { etag: '"x"' }).end();
      else response.writeHead(200, { 'content-length': '5' }).end(request.method === 'HEAD' ? undefined : 'hello');
    });
    const { url } = await openGateway({}, agent);
    const head = await ask(url, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '5', '']);
    expect(await ask(url, { path: '/304' })).toMatchObject({ status: 304, headers: { etag: '"x"' }, text: '' });
    expect((await ask(url)).text).toBe('hello');
  });

  it('takes a big upload for an agent that reads slowly, whole and in order', async () => {
    const size = 24 * 1024 * 1024;
    const agent = await startAgent(async (request, response) => {
      const hash = createHash('sha256');
      let length = 0;
      for await (const chunk of request) {
        hash.update(chunk as Buffer);
        length += (chunk as Buffer).length;
        if (length % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      response.end(JSON.stringify({ length, hash: hash.digest('hex') }));
    });
    const { url } = await openGateway({}, agent);
    const chunk = Buffer.alloc(64 * 1024, 'moorage ');
    const expected = createHash('sha256');
    for (let sent = 0; sent < size; sent += chunk.length) expected.update(chunk);
    const body = async function* () {
      for (let sent = 0; sent < size; sent += chunk.length) yield chunk;
    };
    const init = { method: 'PUT', duplex: 'half', body: Readable.from(body()) };
    const answer = await fetch(url, init as unknown as RequestInit);
    expect(await answer.json()).toEqual({ length: size, hash: expected.digest('hex') });
  });

  it('holds a client back while the agent does not read', async () => {
    const read = gate();
    const agent = await startAgent(async (request, response) => {
      await read.opened;
      let length = 0;
      for await (const chunk of request) length += (chunk as Buffer).length;
      response.end(String(length));
    });
    const { url } = await openGateway({}, agent);
    const total = 128 * 1024 * 1024;
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    const sent = request(url, { method: 'POST', headers: { 'content-length': String(total) } });
    const answered = gate<string>();
    sent.on('response', async (response) => {
      let text = '';
      for await (const part of response) text += String(part);
      answered.open(text);
    });
    const more = () => {
      while (written < total) {
        written += chunk.length;
        if (!sent.write(chunk)) return;
      }
      sent.end();
    };
    sent.on('drain', more);
    more();
    // Buffers of sockets and streams fill up, and then nothing moves: far below the whole.
    let before = -1;
    for (let same = 0; same < 10; same = before === written ? same + 1 : 0) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(written).toBeLessThan(total / 2);
    read.open();
    expect(await answered.opened).toBe(String(total));
  });

  it('passes a stream of events on as it comes', async () => {
    const second = gate();
    const agent = await startAgent(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: one\n\n');
      await second.opened;
      response.end('data: two\n\n');
    });
    const { url } = await openGateway({}, agent);
    const answer = await fetch(url);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('data: one\n\n');
    second.open();
    expect((await reader?.read())?.value).toBe('data: two\n\n');
    expect((await reader?.read())?.done).toBe(true);
  });

  it('sends the head of an answer before its first data', async () => {
    const data = gate();
    const agent = await startAgent(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      await data.opened;
      response.end('late');
    });
    const { url } = await openGateway({}, agent);
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    data.open();
    expect(await answer.text()).toBe('late');
  });

  it('passes trailers on', async () => {
    const agent = await startAgent((_request, response) => {
      response.writeHead(200, { trailer: 'X-Checksum' });
      response.write('body');
      response.addTrailers({ 'X-Checksum': 'abc' });
      response.end();
    });
    const { url } = await openGateway({}, agent);
    const answer = await ask(url);
    expect([answer.text, answer.trailers['x-checksum']]).toEqual(['body', 'abc']);
  });

  it('breaks the answer off when the agent dies in the middle of it', async () => {
    const agent = await startAgent((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    const { url } = await openGateway({}, agent);
    await expect(ask(url)).rejects.toThrow();
  });

  it('says 502 for an agent that dies before it answers, and never sends a POST twice', async () => {
    let asked = 0;
    const agent = await startAgent((request) => {
      asked += 1;
      request.socket.destroy();
    });
    const { url } = await openGateway({}, agent);
    const answer = await ask(url, { method: 'POST', body: 'charge the card' });
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.text)).toMatchObject({ success: false, error: { code: 'unavailable' } });
    expect(asked).toBe(1);
  });

  it('says 504 for an agent that does not answer in time', async () => {
    const agent = await startAgent(() => undefined);
    const { url } = await openGateway({ answerTimeoutMs: 200 }, agent);
    const answer = await ask(url);
    expect(answer.status).toBe(504);
    expect(JSON.parse(answer.text)).toMatchObject({ success: false, error: { code: 'timeout' } });
  });

  it('ends the request to the agent when the client leaves', async () => {
    const arrived = gate();
    const ended = gate<string>();
    const agent = await startAgent((_request, response) => {
      response.on('close', () => ended.open(response.writableFinished ? 'answered' : 'aborted'));
      response.writeHead(200);
      response.write('x');
      arrived.open();
    });
    const { door, url } = await openGateway({}, agent);
    const sent = request(url);
    sent.on('error', () => undefined);
    sent.end();
    await arrived.opened;
    sent.destroy();
    expect(await ended.opened).toBe('aborted');
    await expect.poll(() => door.load('a-1')?.inFlight, { timeout: 20_000 }).toBe(0);
  });
});

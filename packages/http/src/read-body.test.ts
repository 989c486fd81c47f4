import { describe, expect, it } from 'vitest';
import { readBody } from './read-body.js';

const limits = { bytes: 64, timeoutMs: 60_000 };
const json = { 'content-type': 'application/json' };

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;

function request(body: Body, headers: Record<string, string> = json): Request {
  const streamed = body instanceof ReadableStream ? { duplex: 'half' } : {};
  return new Request('http://localhost/', { method: 'POST', body, headers, ...streamed } as RequestInit);
}

const streamOf = (...parts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });

describe('readBody', () => {
  it.each([
    [null, {}, undefined],
    ['', {}, undefined],
    ['{"a":1}', json, { a: 1 }],
    ['[1]', { 'content-type': 'Application/JSON; charset=utf-8' }, [1]],
    ['null', { 'content-type': 'application/merge-patch+json' }, null],
  ])('reads %j', async (body, headers, value) => {
    expect(await readBody(request(body, headers), limits)).toEqual({ ok: true, value });
  });

  it('puts split characters together', async () => {
    const bytes = new TextEncoder().encode('{"a":"é"}');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await readBody(request(stream), limits)).toEqual({ ok: true, value: { a: 'é' } });
  });

  it.each([
    [400, '{', json],
    [400, 'nothing', json],
    [400, Uint8Array.of(0x22, 0xff, 0x22), json],
    [413, `"${'x'.repeat(64)}"`, json],
    [415, '{}', { 'content-type': 'text/plain' }],
    [415, '{}', { 'content-type': 'application/x-www-form-urlencoded' }],
    [415, '{}', { ...json, 'content-encoding': 'gzip' }],
  ])('answers %i to %j with %j', async (status, body, headers) => {
    const result = await readBody(request(body as Body, headers), limits);
    expect(result).toMatchObject({ ok: false, status, error: { code: 'invalid_argument' } });
  });

  it('stops reading a body that says nothing of its length', async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(32)),
      cancel: () => {
        cancelled = true;
      },
    });
    expect(await readBody(request(endless), limits)).toMatchObject({ ok: false, status: 413 });
    expect(cancelled).toBe(true);
  });

  it('believes the length that is announced without reading', async () => {
    const result = await readBody(request(streamOf('{}'), { ...json, 'content-length': '65' }), limits);
    expect(result).toMatchObject({ status: 413 });
  });

  it('gives up on a body that does not arrive', async () => {
    const silent = new ReadableStream<Uint8Array>({ start: () => {} });
    const result = await readBody(request(silent), { bytes: 64, timeoutMs: 5 });
    expect(result).toMatchObject({ ok: false, status: 408, error: { code: 'timeout' } });
  });

  it('says that a body broke off', async () => {
    const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error('reset')) });
    expect(await readBody(request(broken), limits)).toMatchObject({ ok: false, status: 400 });
  });
});

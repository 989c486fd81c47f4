import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestHeaders, responseHeaders } from './headers.js';

const forwarded = { clientAddress: '10.0.0.1', proto: 'http', host: 'calc' } as const;
const ours = ['X-Forwarded-For', '10.0.0.1', 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'calc'];

describe('requestHeaders', () => {
  it('keeps order, case and repetition of what goes through', () => {
    const raw = ['Host', 'calc', 'X-A', '1', 'x-a', '2', 'Cookie', 'a=b'];
    expect(requestHeaders(raw, forwarded)).toEqual([...raw, ...ours]);
  });

  it('drops hop-by-hop headers and those that Connection names, but nothing that the message needs', () => {
    const raw = ['Connection', 'close, X-Hop,content-length', 'X-HOP', '1', 'Content-Length', '3', 'TE', 'trailers'];
    expect(requestHeaders(raw, forwarded)).toEqual(['Content-Length', '3', ...ours]);
  });

  it('says where a request comes from exactly once, whatever the client sends', () => {
    const name = fc.constantFrom('X-Forwarded-For', 'x-forwarded-for', 'X-FORWARDED-PROTO', 'Connection', 'X-Other');
    const value = fc.constantFrom('6.6.6.6', 'x-forwarded-for', 'close, x-forwarded-for, x-forwarded-proto', 'https');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (headers) => {
        const out = requestHeaders(headers.flat(), forwarded);
        const told = out.filter((_, index) => index % 2 === 0 && /^x-forwarded-/i.test(out[index] ?? ''));
        expect(told).toEqual(['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host']);
        expect(out[out.indexOf('X-Forwarded-For') + 1]).toBe('10.0.0.1');
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('responseHeaders', () => {
  it('drops what was for the gateway only', () => {
    const raw = [
      'Connection',
      'x-hop',
      'X-Hop',
      '1',
      'Keep-Alive',
      'timeout=5',
      'Transfer-Encoding',
      'chunked',
      'ETag',
      'e',
    ];
    expect(responseHeaders(raw)).toEqual(['ETag', 'e']);
  });
});

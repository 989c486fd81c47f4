import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MemoryHttp, memoryHttp, type RequestParts } from './support/memory-http.js';

let http: MemoryHttp;
beforeAll(async () => {
  http = await memoryHttp({ bodyLimitBytes: 2048 });
});
afterAll(async () => http[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };
const make = (body: unknown): RequestParts => ({ body });
const valid = { agent_id: 'a', customer_id: 'c', image: 'i:1' };

const table: [string, string, RequestParts, number, string, string?][] = [
  ['POST', '/v1/containers', {}, 400, 'invalid_argument', 'customer_id'],
  ['POST', '/v1/containers', make('{'), 400, 'invalid_argument', 'JSON'],
  ['POST', '/v1/containers', make('[]'), 400, 'invalid_argument', 'object'],
  ['POST', '/v1/containers', make('null'), 400, 'invalid_argument', 'object'],
  [
    'POST',
    '/v1/containers',
    { body: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    'invalid_argument',
    'application/json',
  ],
  [
    'POST',
    '/v1/containers',
    { body: '{}', headers: { ...json, 'content-encoding': 'gzip' } },
    415,
    'invalid_argument',
    'gzip',
  ],
  ['POST', '/v1/containers', make({ ...valid, env: { A: 'x'.repeat(3000) } }), 413, 'invalid_argument', '2048'],
  ['POST', '/v1/containers', make({ ...valid, image: undefined }), 400, 'invalid_argument', 'image'],
  ['POST', '/v1/containers', make({ ...valid, agent_id: 'no spaces' }), 400, 'invalid_argument', 'agent_id'],
  ['POST', '/v1/containers', make({ ...valid, agent_id: 'ü' }), 400, 'invalid_argument', 'agent_id'],
  ['POST', '/v1/containers', make({ ...valid, customer_id: 'x'.repeat(256) }), 400, 'invalid_argument', '255'],
  ['POST', '/v1/containers', make({ ...valid, customer_id: 'a\u0000b' }), 400, 'invalid_argument', 'customer_id'],
  ['POST', '/v1/containers', make({ ...valid, customer_id: 7 }), 400, 'invalid_argument', 'customer_id'],
  ['POST', '/v1/containers', make({ ...valid, wait_ms: 600_001 }), 400, 'invalid_argument', '600000'],
  ['POST', '/v1/containers', make({ ...valid, wait_ms: -1 }), 400, 'invalid_argument', 'wait_ms'],
  ['POST', '/v1/containers', make({ ...valid, resources: { memory: 'much' } }), 400, 'invalid_argument', 'memory'],
  ['POST', '/v1/containers', make({ ...valid, env: { 'A B': '1' } }), 400, 'invalid_argument', 'env'],
  ['POST', '/v1/containers', make({ ...valid, unknown: 1 }), 400, 'invalid_argument', 'unknown'],
  ['POST', '/v1/containers', make({ ...valid, manifest: {} }), 400, 'invalid_argument', 'manifest'],
  ['POST', '/v1/containers', make({ customer_id: 'c', manifest: {} }), 400, 'invalid_argument', 'agent_id'],
  [
    'POST',
    '/v1/containers',
    { body: valid, headers: { 'idempotency-key': '' } },
    400,
    'invalid_argument',
    'Idempotency-Key',
  ],
  [
    'POST',
    '/v1/containers',
    { body: valid, headers: { 'idempotency-key': 'x'.repeat(256) } },
    400,
    'invalid_argument',
    '255',
  ],
  ['GET', '/v1/containers?limit=0', {}, 400, 'invalid_argument', 'limit'],
  ['GET', '/v1/containers?limit=many', {}, 400, 'invalid_argument', 'limit'],
  ['GET', '/v1/containers?limit=1&limit=2', {}, 400, 'invalid_argument', 'limit'],
  ['GET', '/v1/containers?status=asleep', {}, 400, 'invalid_argument', 'status'],
  ['GET', '/v1/containers?after=nonsense', {}, 400, 'invalid_argument'],
  ['GET', '/v1/containers?surprise=1', {}, 400, 'invalid_argument', 'surprise'],
  ['GET', '/v1/containers/%E0%A4%A', {}, 404, 'not_found'],
  ['GET', '/v1/containers/%00', {}, 400, 'invalid_argument', 'container_id'],
  ['GET', `/v1/containers/${'x'.repeat(65)}`, {}, 400, 'invalid_argument', '64'],
  ['GET', '/v1/containers/d-none/logs?since=yesterday', {}, 400, 'invalid_argument', 'since'],
  ['GET', '/v1/containers/d-none/logs?follow', {}, 404, 'not_found'],
  ['POST', '/v1/containers/d-none/stop', {}, 404, 'not_found', 'd-none'],
  ['POST', '/v1/containers/d-none/park', make({ depth: 'deep' }), 400, 'invalid_argument', 'depth'],
  ['PUT', '/v1/containers/d-none', make({ image: 'x' }), 404, 'not_found'],
  ['POST', '/v1/agents/a/scale', make({ customer_id: 'c', instances: 1.5 }), 400, 'invalid_argument', 'instances'],
  ['GET', '/v1/addresses?agent_id=a', {}, 400, 'invalid_argument', 'customer_id'],
  ['GET', '/v1/discover', {}, 400, 'invalid_argument', 'capability'],
  ['POST', '/v1/usage', make({ events: [] }), 400, 'invalid_argument', 'events'],
  ['POST', '/v1/actions', make({ params: {} }), 400, 'invalid_argument', 'action'],
  ['POST', '/v1/actions', make({ action: 'drop_tables' }), 400, 'invalid_argument', 'create_container'],
  ['POST', '/v1/actions', make({ action: '__proto__' }), 400, 'invalid_argument'],
  [
    'POST',
    '/v1/actions',
    make({ action: 'get_logs', params: { container_id: 'd', follow: true } }),
    400,
    'invalid_argument',
    'follow',
  ],
  ['GET', '/v1/events?after=%20', {}, 400, 'invalid_argument', 'cursor'],
  ['PATCH', '/v1/containers', {}, 405, 'unsupported', 'GET'],
  ['DELETE', '/v1/containers', {}, 405, 'unsupported'],
  ['POST', '/v1/events', {}, 405, 'unsupported'],
  ['GET', '/v1/actions', {}, 405, 'unsupported'],
  ['GET', '/v1/nothing', {}, 404, 'not_found', '/v1/nothing'],
  ['GET', '/', {}, 404, 'not_found'],
  ['GET', '/docs/package.json', {}, 404, 'not_found'],
  ['GET', '/docs/..%2f..%2fpackage.json', {}, 404, 'not_found'],
];

describe('refusals are told in the shape of every answer', () => {
  it.each(table)('%s %s with %j: %i %s', async (method, path, parts, status, code, part) => {
    const answer = await http.request(method, path, parts);
    expect(answer.body.error).toMatchObject({ code, message: expect.stringContaining(part ?? '') });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(JSON.stringify(answer.body)).not.toMatch(/\.ts:|\.js:|node_modules/);
  });
});

it('deployed none of them', async () => {
  expect((await http.host.list()).items).toEqual([]);
});

describe('methods', () => {
  it('says what a path allows', async () => {
    const options = await http.request('OPTIONS', '/v1/containers');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
    expect((await http.request('PATCH', '/v1/containers')).headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
  });

  it('answers HEAD as GET without a body, streams included', async () => {
    const get = await http.request('GET', '/v1/containers');
    const head = await http.request('HEAD', '/v1/containers');
    expect([head.status, head.body, head.headers.get('content-type')]).toEqual([
      200,
      {},
      get.headers.get('content-type'),
    ]);
    expect((await http.request('HEAD', '/v1/events')).headers.get('content-type')).toContain('text/event-stream');
    expect((await http.request('HEAD', '/v1/nothing')).status).toBe(404);
  });
});

describe('headers', () => {
  it('carries a request id back, or makes one', async () => {
    const given = await http.request('GET', '/healthz', { headers: { 'x-request-id': 'abc-1' } });
    expect(given.headers.get('x-request-id')).toBe('abc-1');
    const made = await http.request('GET', '/v1/nothing', { headers: { 'x-request-id': 'a b' } });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('adds none that let other sites read', async () => {
    const answer = await http.request('GET', '/v1/containers', { headers: { origin: 'https://evil.example' } });
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseActionParams, readRestParams, toRestRequest } from './action-request.js';
import type { ActionName } from './actions.js';
import { isMoorageError } from './errors.js';

const settings = { seed: 11, numRuns: 300 };

function refusalOf(run: () => unknown) {
  try {
    run();
  } catch (thrown) {
    if (isMoorageError(thrown)) return { code: thrown.code, field: thrown.context.field, message: thrown.message };
    throw thrown;
  }
  throw new Error('It was accepted');
}

describe('parseActionParams', { timeout: 60_000 }, () => {
  it.each<[ActionName, unknown, string]>([
    ['get_container', {}, 'container_id'],
    ['get_container', { agent_id: 'a' }, 'container_id'],
    ['get_container', { container_id: 5 }, 'container_id'],
    ['create_container', {}, 'customer_id'],
    ['create_container', { customer_id: 'c' }, 'agent_id'],
    ['create_container', { customer_id: 'c\n', agent_id: 'a' }, 'customer_id'],
    ['create_container', { customer_id: 'c', manifest: {}, image: 'x' }, 'manifest'],
    ['create_container', { customer_id: 'c', agent_id: 'a', wait_ms: -1 }, 'wait_ms'],
    ['create_container', { customer_id: 'c', agent_id: 'a', env: { A: 1 } }, 'env.A'],
    ['create_container', { customer_id: 'c', agent_id: 'a', resources: { cpus: 1 } }, 'resources'],
    ['scale_agent', { agent_id: 'a', customer_id: 'c', instances: 1.5 }, 'instances'],
    ['scale_agent', { agent_id: 'a', customer_id: 'c' }, 'instances'],
    ['list_containers', { limit: 1001 }, 'limit'],
    ['list_containers', { surprise: 1 }, 'params'],
    ['get_logs', { container_id: 'd', since: 'yesterday' }, 'since'],
    ['track_usage', { agent_id: 'a', customer_id: 'c', action: 'x', duration: -1 }, 'duration'],
    ['get_container', 'text', 'params'],
    ['get_container', JSON.parse('{"__proto__": {"container_id": "x"}}'), '__proto__'],
  ])('%s refuses %j and names %s', (name, params, field) => {
    const refusal = refusalOf(() => parseActionParams(name, params));
    expect(refusal).toMatchObject({ code: 'invalid_argument', field });
    expect(refusal.message).toMatch(new RegExp(`^Cannot ${name}: .+ Way out: .+`));
  });

  it.each<[ActionName, unknown]>([
    ['get_container', { container_id: 'd-1' }],
    ['stop_container', { agent_id: 'a.b', customer_id: 'Kunde Ü' }],
    [
      'create_container',
      { customer_id: 'c', agent_id: 'a', image: 'x:1', env: { A: '1' }, resources: { cpu: '0.5' }, wait_ms: 0 },
    ],
    ['create_container', { customer_id: 'c', agent_id: 'a', env: [{ name: 'A', value: 's', secret: true }] }],
    ['create_container', { customer_id: 'c', manifest: { agent_id: 'a', anything: [1] } }],
    ['track_usage', { agent_id: 'a', customer_id: 'c', action: 'x', duration: 1.5 }],
    ['track_usage', { events: [{ agent_id: 'a', customer_id: 'c', action: 'x', duration: 1, id: 'u' }] }],
    ['list_containers', undefined],
  ])('%s takes %j', (name, params) => {
    expect(parseActionParams(name, params)).toEqual(params ?? {});
  });
});

describe('readRestParams', { timeout: 60_000 }, () => {
  it('reads numbers, booleans and lists from the query as the schema asks', () => {
    const query = new URLSearchParams('tail=20&follow&since=2026-01-31T12:00:00Z');
    const path = { container_id: 'd-1' };
    expect(readRestParams('get_logs', { path, query })).toEqual({
      container_id: 'd-1',
      tail: 20,
      follow: true,
      since: '2026-01-31T12:00:00Z',
    });
    expect(readRestParams('discover_agent', { query: new URLSearchParams('capability=1&tags=2&tags=3') })).toEqual({
      capability: '1',
      tags: ['2', '3'],
    });
  });

  it.each(['tail=x', 'tail=', 'tail=1&tail=2', 'tail=1.5', 'follow=maybe', 'other=1'])('refuses ?%s', (text) => {
    const request = { path: { container_id: 'd-1' }, query: new URLSearchParams(text) };
    expect(refusalOf(() => readRestParams('get_logs', request)).code).toBe('invalid_argument');
  });

  it('lets neither query nor body overrule the path', () => {
    const request = {
      path: { container_id: 'mine' },
      query: new URLSearchParams('container_id=q'),
      body: { container_id: 'b' },
    };
    expect(readRestParams('stop_container', request)).toEqual({ container_id: 'mine' });
  });

  it.each([[[]], ['text'], [null], [1]])('refuses the body %j', (body) => {
    expect(refusalOf(() => readRestParams('track_usage', { body })).message).toContain('must be a JSON object');
  });
});

/** A request as a server sees it: decoded path parts, query, body. */
function received(name: ActionName, request: { path: string; body?: unknown }, keys: readonly string[]) {
  const [path = '', query = ''] = request.path.split('?');
  const parts = path.split('/').slice(3, 4).map(decodeURIComponent);
  const filled = Object.fromEntries(keys.map((key, index) => [key, parts[index] ?? '']));
  const body = request.body === undefined ? undefined : (JSON.parse(JSON.stringify(request.body)) as unknown);
  return readRestParams(name, { path: filled, query: new URLSearchParams(query), body });
}

describe('toRestRequest', { timeout: 60_000 }, () => {
  const text = fc
    .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    .filter((value) => value.length <= 60 && !/^\.\.?$|\p{Cc}/u.test(value));
  const agent = fc.stringMatching(/^[a-z]{1,8}(\.[a-z0-9]{1,8})?$/);
  const page = { after: text, limit: fc.integer({ min: 1, max: 1000 }) };
  const optional = (required: readonly string[]) => ({ requiredKeys: [...required] as never[] });

  it('and readRestParams are each other’s inverse, for queries', () => {
    const params = fc.record(
      { customer_id: text, agent_id: agent, status: fc.constantFrom('running', 'stopped'), ...page },
      optional([]),
    );
    fc.assert(
      fc.property(params, (given) => {
        const request = toRestRequest('list_containers', given as never);
        expect(request && received('list_containers', request, [])).toEqual({ ...given });
      }),
      settings,
    );
  });

  it('and readRestParams are each other’s inverse, for paths with queries', () => {
    const params = fc.record(
      { container_id: text, tail: fc.nat(10_000), follow: fc.boolean(), instance_id: text },
      optional(['container_id']),
    );
    fc.assert(
      fc.property(params, (given) => {
        const request = toRestRequest('get_logs', given as never);
        expect(request && received('get_logs', request, ['container_id'])).toEqual({ ...given });
      }),
      settings,
    );
  });

  it('and readRestParams are each other’s inverse, for bodies', () => {
    const params = fc.record(
      { agent_id: agent, customer_id: text, instances: fc.nat(1000), reason: text },
      optional(['agent_id', 'customer_id', 'instances']),
    );
    fc.assert(
      fc.property(params, (given) => {
        const request = toRestRequest('scale_agent', given as never);
        expect(request && received('scale_agent', request, ['agent_id'])).toEqual({ ...given });
      }),
      settings,
    );
  });

  it.each([[{ agent_id: 'a', customer_id: 'c' }], [{ container_id: '..' }], [{ container_id: '.' }]])(
    'has no route for %j: only the envelope can say it',
    (params) => {
      expect(toRestRequest('get_container', params)).toBeUndefined();
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHealthBody } from './health-body.js';

describe('parseHealthBody', { timeout: 60_000 }, () => {
  it.each<[number, string, object]>([
    [200, '{"status":"ok","load":0.25,"uptime":3}', { verdict: 'pass', load: 0.25 }],
    [204, '', { verdict: 'pass' }],
    [200, 'OK', { verdict: 'pass' }],
    [200, '{"status":"ok","lo', { verdict: 'pass' }],
    [200, '[1]', { verdict: 'pass' }],
    [200, 'null', { verdict: 'pass' }],
    [200, '{"status":"degraded","load":1}', { verdict: 'warn', load: 1, message: 'answered 200 degraded' }],
    [200, '{"status":"WARN","message":"disk is slow"}', { verdict: 'warn', message: 'disk is slow' }],
    [429, '', { verdict: 'warn', message: 'answered 429' }],
    [200, '{"status":"unhealthy"}', { verdict: 'fail', message: 'answered 200 unhealthy' }],
    [503, '{"status":"ok"}', { verdict: 'fail', message: 'answered 503 ok' }],
    [500, '{"error":"no database"}', { verdict: 'fail', message: 'no database' }],
    [404, '<html>', { verdict: 'fail', message: 'answered 404' }],
    [302, '', { verdict: 'fail', message: 'answered 302' }],
    [200, '{"load":1.5}', { verdict: 'pass' }],
    [200, '{"load":-0.1}', { verdict: 'pass' }],
    [200, '{"load":"0.5"}', { verdict: 'pass' }],
    [200, '{"load":null}', { verdict: 'pass' }],
    [200, '{"status":5,"message":7}', { verdict: 'pass' }],
  ])('%i %s', (status, body, expected) => {
    expect(parseHealthBody(status, body)).toEqual(expected);
  });

  it('never throws, and gives a load from 0 to 1 or none', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ load: fc.jsonValue(), status: fc.jsonValue() }).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), bodies, (status, body) => {
        const { verdict, load = 0, message = '' } = parseHealthBody(status, body);
        expect(load >= 0 && load <= 1).toBe(true);
        expect(message.length).toBeLessThanOrEqual(500);
        if (status >= 300 && status !== 429) expect(verdict).toBe('fail');
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

import { isMoorageError, MoorageError } from '@moorage/core/store';
import { describe, expect, it } from 'vitest';
import { isConnectionLost, mapError } from './map-error.js';

const withCode = (code: string, message = 'it failed') => Object.assign(new Error(message), { code });

describe('mapError', () => {
  it.each([
    ['ECONNREFUSED', 'unavailable'],
    ['ECONNRESET', 'unavailable'],
    ['EPIPE', 'unavailable'],
    ['ETIMEDOUT', 'unavailable'],
    ['ENOTFOUND', 'unavailable'],
    ['08006', 'unavailable'],
    ['57P01', 'unavailable'],
    ['57P03', 'unavailable'],
    ['57014', 'unavailable'],
    ['55P03', 'unavailable'],
    ['25006', 'unavailable'],
    ['53300', 'unavailable'],
    ['58030', 'unavailable'],
    ['53100', 'unavailable'],
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['23505', 'conflict'],
    ['28P01', 'permission_denied'],
    ['42501', 'permission_denied'],
    ['3D000', 'invalid_argument'],
    ['22021', 'invalid_argument'],
    ['54000', 'invalid_argument'],
    ['42P07', 'already_exists'],
    ['42601', 'internal'],
    ['XX000', 'internal'],
  ] as const)('maps %s to %s', (code, expected) => {
    const error = mapError(withCode(code), 'store.read');
    expect(error.code).toBe(expected);
    expect(isMoorageError(error)).toBe(true);
    expect(error.retryable).toBe(['unavailable', 'conflict'].includes(expected));
    expect(error.operation).toBe('store.read');
    expect(error.message).toContain('it failed');
    expect(error.context).toEqual({ sqlState: code });
  });

  it.each([
    ['Connection terminated unexpectedly', 'unavailable'],
    ['Connection terminated due to connection timeout', 'unavailable'],
    ['timeout exceeded when trying to connect', 'unavailable'],
    ['Query read timeout', 'unavailable'],
    ['Client has encountered a connection error and is not queryable', 'unavailable'],
    ['Cannot use a pool after calling end on the pool', 'cancelled'],
    ['Client was closed and is not queryable', 'cancelled'],
    ['something else', 'internal'],
  ])('maps the message "%s" to %s', (message, expected) => {
    expect(mapError(new Error(message), 'x').code).toBe(expected);
  });

  it('tells the first of several refused addresses', () => {
    const all = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:5432')]), {
      code: 'ECONNREFUSED',
    });
    const error = mapError(all, 'x');
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain('::1:5432');
  });

  it('passes our own errors on and takes what is no error', () => {
    const ours = new MoorageError('not_found', 'it is gone');
    expect(mapError(ours, 'x')).toBe(ours);
    expect(mapError('a text', 'x')).toMatchObject({ code: 'internal', message: 'PostgreSQL: a text' });
  });
});

describe('isConnectionLost', () => {
  it('tells a broken connection from a refused statement', () => {
    for (const code of ['ECONNRESET', '08003', '57P01']) expect(isConnectionLost(withCode(code))).toBe(true);
    expect(isConnectionLost(new Error('Query read timeout'))).toBe(true);
    for (const code of ['23505', '40001', '57014']) expect(isConnectionLost(withCode(code))).toBe(false);
    expect(isConnectionLost(undefined)).toBe(false);
  });
});

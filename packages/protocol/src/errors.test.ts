import { describe, expect, it } from 'vitest';
import { errorCodes, errorTable, isMoorageError, MoorageError, toMoorageError } from './errors.js';

describe('MoorageError', () => {
  it('takes retryable from its code, unless told otherwise', () => {
    expect(new MoorageError('unavailable', 'x').retryable).toBe(true);
    expect(new MoorageError('not_found', 'x').retryable).toBe(false);
    expect(new MoorageError('not_found', 'x', { retryable: true }).retryable).toBe(true);
  });

  it('is recognised by its mark, not by its class', () => {
    const copy = Object.defineProperty(new Error('other copy'), Symbol.for('@moorage/error'), { value: true });
    expect(isMoorageError(copy)).toBe(true);
    expect(isMoorageError(new Error('none'))).toBe(false);
    expect(isMoorageError(null)).toBe(false);
  });
});

describe('toMoorageError', () => {
  it('leaves one of ours as it is', () => {
    const error = new MoorageError('conflict', 'x');
    expect(toMoorageError(error, 'other')).toBe(error);
  });

  it('makes an abort cancelled and all else internal, with the cause', () => {
    expect(toMoorageError(new DOMException('stop', 'AbortError'), 'op')).toMatchObject({
      code: 'cancelled',
      operation: 'op',
    });
    const thrown = new TypeError('boom');
    expect(toMoorageError(thrown)).toMatchObject({ code: 'internal', message: 'boom', cause: thrown });
    expect(toMoorageError('text')).toMatchObject({ code: 'internal', message: 'text' });
  });
});

describe('the error table', () => {
  it('gives each code an error status and an exit code', () => {
    for (const code of errorCodes) {
      expect(errorTable[code].http).toBeGreaterThanOrEqual(400);
      expect(errorTable[code].exitCode).toBeGreaterThan(0);
    }
  });

  it('gives each code a JSON-RPC number of its own', () => {
    expect(new Set(errorCodes.map((code) => errorTable[code].jsonRpc)).size).toBe(errorCodes.length);
  });
});

import { MoorageError } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { classifyError, throwIfAborted } from './classify-error.js';

const failure = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

describe('classifyError', () => {
  it.each([
    ['ENOSPC', 'resource_exhausted'],
    ['EMFILE', 'resource_exhausted'],
    ['ENOENT', 'unavailable'],
    ['EACCES', 'unavailable'],
    ['EROFS', 'unavailable'],
    ['E2BIG', 'invalid_argument'],
    ['EWHATEVER', 'internal'],
  ])('%s is %s', (errno, code) => {
    const raw = failure(errno);
    const error = classifyError(raw, 'driver.list');
    expect(error).toMatchObject({ code, operation: 'driver.list', cause: raw });
    expect(error.message).toContain(`${errno}: it failed`);
  });

  it('leaves one of ours as it is, and wraps what is no error', () => {
    const ours = new MoorageError('conflict', 'no');
    expect(classifyError(ours, 'driver.list')).toBe(ours);
    expect(classifyError('text', 'driver.list')).toMatchObject({ code: 'internal' });
  });
});

describe('throwIfAborted', () => {
  const codeOf = (reason?: unknown) => {
    const controller = new AbortController();
    controller.abort(reason);
    try {
      throwIfAborted(controller.signal, 'driver.list');
      return undefined;
    } catch (error) {
      return (error as MoorageError).code;
    }
  };

  it('tells giving up from a time that is over', () => {
    expect(codeOf()).toBe('cancelled');
    expect(codeOf('any reason')).toBe('cancelled');
    expect(codeOf(new DOMException('late', 'TimeoutError'))).toBe('timeout');
    expect(codeOf(new MoorageError('timeout', 'late'))).toBe('timeout');
    expect(() => throwIfAborted(new AbortController().signal, 'driver.list')).not.toThrow();
  });
});

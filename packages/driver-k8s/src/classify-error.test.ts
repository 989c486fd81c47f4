import { MoorageError } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { apiFailure, classifyError } from './classify-error.js';

const scene = {
  operation: 'driver.apply',
  action: 'Cannot apply deployment "d-1"',
  signal: new AbortController().signal,
  address: 'https://cluster:6443',
};

const status = (code: number, message: string) => apiFailure(code, JSON.stringify({ kind: 'Status', message }));
const classify = (thrown: unknown, signal = scene.signal) => classifyError(thrown, { ...scene, signal });

describe('classifyError', () => {
  it.each([
    [400, 'invalid_argument', false],
    [401, 'unauthenticated', false],
    [404, 'not_found', false],
    [409, 'conflict', true],
    [422, 'invalid_argument', false],
    [429, 'unavailable', true],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
    [504, 'unavailable', true],
  ])('status %i is %s', (code, wanted, retryable) => {
    expect(classify(status(code, 'words'))).toMatchObject({ code: wanted, retryable, operation: 'driver.apply' });
  });

  it('names the verb, the resource and the namespace that a role lacks', () => {
    const message =
      'deployments.apps "x" is forbidden: User "system:serviceaccount:a:host" cannot patch resource "deployments" in API group "apps" in the namespace "tenant-1"';
    const error = classify(status(403, message));
    expect(error.code).toBe('permission_denied');
    expect(error.message).toContain('lacks the verb "patch" for "deployments.apps" in namespace "tenant-1"');
    expect(error.context).toMatchObject({ verb: 'patch', resource: 'deployments.apps', namespace: 'tenant-1' });
    const wide = 'pods is forbidden: User "u" cannot list resource "pods" in API group "" at the cluster scope';
    expect(classify(status(403, wide)).message).toContain('"list" for "pods" in the whole cluster');
  });

  it.each([
    ['pods "x" is forbidden: exceeded quota: moor-quota', 'resource_exhausted'],
    ['unable to create new content in namespace n because it is being terminated', 'unavailable'],
    ['pods "x" is forbidden: violates PodSecurity "restricted:latest"', 'invalid_argument'],
    ['admission webhook "w" denied the request: because', 'invalid_argument'],
  ])('a refusal that is no lack of rights is told as what it is: %s', (message, code) => {
    expect(classify(status(403, message)).code).toBe(code);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'HPE_INVALID_CONSTANT'])(
    '%s is unavailable',
    (code) => {
      const error = classify(Object.assign(new Error('failed'), { code }));
      expect(error).toMatchObject({ code: 'unavailable', retryable: true });
      expect(error.message).toContain('https://cluster:6443');
    },
  );

  it('a certificate that is not trusted says what to check', () => {
    const error = classify(Object.assign(new Error('bad'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }));
    expect(error.code).toBe('unauthenticated');
    expect(error.message).toContain('certificate-authority');
  });

  it('an abort is what its reason says', () => {
    expect(classify(new Error('aborted'), AbortSignal.abort()).code).toBe('cancelled');
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(classify(new Error('aborted'), late).code).toBe('timeout');
    const own = new MoorageError('cancelled', 'closed');
    expect(classify(new Error('aborted'), AbortSignal.abort(own))).toBe(own);
  });

  it('leaves our own errors alone, and takes an answer that is no Status', () => {
    const own = new MoorageError('conflict', 'mine');
    expect(classify(own)).toBe(own);
    expect(classify(apiFailure(502, '<html>Bad Gateway</html>')).message).toContain('Bad Gateway');
    expect(classify(apiFailure(500, '')).message).toContain('HTTP status 500');
    expect(classify('odd').code).toBe('internal');
  });
});

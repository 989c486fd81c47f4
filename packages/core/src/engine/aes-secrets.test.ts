import { randomBytes } from 'node:crypto';
import { isMoorageError } from '@moorage/protocol/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySecrets } from '../memory/memory-secrets.js';
import { aesSecrets } from './aes-secrets.js';

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return isMoorageError(error) ? error.code : String(error);
  }
  return undefined;
};

describe('aesSecrets', () => {
  const secrets = aesSecrets(randomBytes(32));

  it('opens what it sealed, under the same context, and shows nothing of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 8 }), fc.string(), (plain, context) => {
        const sealed = secrets.seal(plain, context);
        expect(sealed).toMatch(/^v1:[A-Za-z0-9_-]+$/);
        expect(sealed).not.toContain(plain);
        expect(secrets.open(sealed, context)).toBe(plain);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('gives another text each time', () => {
    expect(secrets.seal('same', 'd-1')).not.toBe(secrets.seal('same', 'd-1'));
  });

  it('refuses another context, another key, and any changed character', () => {
    const sealed = secrets.seal('swordfish', 'd-1');
    expect(codeOf(() => secrets.open(sealed, 'd-2'))).toBe('permission_denied');
    expect(codeOf(() => memorySecrets().open(sealed, 'd-1'))).toBe('permission_denied');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = `${sealed.slice(0, index)}${sealed[index] === 'A' ? 'B' : 'A'}${sealed.slice(index + 1)}`;
      const code = codeOf(() => expect(secrets.open(changed, 'd-1')).toBe('swordfish'));
      // The last character of base64url may hold unused bits: then the text is the same one, and only that is allowed.
      if (index < sealed.length - 1) expect(code).toBe('permission_denied');
    }
    expect(codeOf(() => secrets.open('v1:', 'd-1'))).toBe('permission_denied');
    expect(codeOf(() => secrets.open('', 'd-1'))).toBe('permission_denied');
  });

  it('says what is wrong without the secret or the sealed text', () => {
    const sealed = secrets.seal('swordfish', 'd-1');
    expect(() => secrets.open(sealed, 'd-2')).toThrow(/"d-2".*another key or for another deployment/);
    expect(() => aesSecrets(randomBytes(16))).toThrow(/16 bytes: use 32/);
  });
});

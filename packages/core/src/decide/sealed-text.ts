import { createCipheriv, createDecipheriv } from 'node:crypto';
import { MoorageError } from '@moorage/protocol/base';

/** Bytes of a key and of a nonce of {@link sealText}. */
export const sealKeyBytes = 32;
export const sealNonceBytes = 12;

const version = 'v1';
const tagBytes = 16;

/**
 * Seals with AES-256-GCM: `v1:` and the base64url of nonce, tag and cipher text. The context is authenticated with it.
 * A nonce must never be used twice under one key.
 */
export function sealText(key: Uint8Array, nonce: Uint8Array, plain: string, context: string): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return `${version}:${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

/** Errors: `permission_denied` when key, context or text are not those that were sealed. */
export function openText(key: Uint8Array, sealed: string, context: string): string {
  const [form, body = ''] = sealed.split(':');
  const bytes = Buffer.from(body, 'base64url');
  if (form !== version || bytes.length < sealNonceBytes + tagBytes) throw refused(context);
  try {
    const nonce = bytes.subarray(0, sealNonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(bytes.subarray(sealNonceBytes, sealNonceBytes + tagBytes));
    const plain = decipher.update(bytes.subarray(sealNonceBytes + tagBytes));
    return Buffer.concat([plain, decipher.final()]).toString('utf8');
  } catch {
    // The library's own error is not passed on: it says nothing that helps, and nothing of the text may leak.
    throw refused(context);
  }
}

function refused(context: string): MoorageError {
  const message = `Cannot open a secret of "${context}": it was sealed under another key or for another deployment`;
  return new MoorageError('permission_denied', message, { operation: 'secrets.open', context: { of: context } });
}

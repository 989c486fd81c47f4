import { randomBytes } from 'node:crypto';
import { MoorageError } from '@moorage/protocol/base';
import { openText, sealKeyBytes, sealNonceBytes, sealText } from '../decide/sealed-text.js';
import type { Secrets } from '../ports/secrets.js';

/**
 * Seals secrets with AES-256-GCM under `key`: 32 random bytes that outlive the store. Each sealed text has a random
 * nonce of its own. Errors: `invalid_argument` for a key of another length; `open`: `permission_denied` when key,
 * context or text are not those that were sealed.
 */
export function aesSecrets(key: Uint8Array): Secrets {
  if (key.length !== sealKeyBytes) {
    throw new MoorageError(
      'invalid_argument',
      `The secrets key has ${key.length} bytes: use ${sealKeyBytes} random ones`,
      {
        operation: 'secrets.create',
        context: { bytes: key.length, wanted: sealKeyBytes },
      },
    );
  }
  // A copy: the caller may wipe or reuse its buffer.
  const ownKey = Uint8Array.from(key);
  return {
    seal: (plain, context) => sealText(ownKey, randomBytes(sealNonceBytes), plain, context),
    open: (sealed, context) => openText(ownKey, sealed, context),
  };
}

import { randomBytes } from 'node:crypto';
import { openText, sealKeyBytes, sealNonceBytes, sealText } from '../decide/sealed-text.js';
import type { Secrets } from '../ports/secrets.js';

/** Real sealing under a key that is made here and dies with the process: for a store that does not outlive it. */
export function memorySecrets(): Secrets {
  const key = randomBytes(sealKeyBytes);
  return {
    seal: (plain, context) => sealText(key, randomBytes(sealNonceBytes), plain, context),
    open: (sealed, context) => openText(key, sealed, context),
  };
}

import { type Manifest, MoorageError } from '@moorage/protocol/base';
import type { SealedSecret } from '../decide/to-template.js';
import type { DeploymentId } from '../model/ids.js';
import type { Template } from '../model/template.js';
import type { Secrets } from '../ports/secrets.js';

/**
 * Seals the secret variables of a manifest. A value that is the same as before keeps its version and its sealed text,
 * so that a repeated deploy is the same template.
 */
export function sealSecrets(
  manifest: Manifest,
  id: DeploymentId,
  before: Template | undefined,
  secrets: Secrets | undefined,
): ReadonlyMap<string, SealedSecret> {
  const sealed = new Map<string, SealedSecret>();
  for (const variable of manifest.runtime?.env ?? []) {
    if (!variable.secret) continue;
    if (!secrets) {
      throw new MoorageError(
        'unsupported',
        `Cannot keep the secret "${variable.name}": the host was made without secrets; give createHost({ secrets }) a key that outlives it`,
        { operation: 'host.deploy', context: { field: 'runtime.env' } },
      );
    }
    const old = before?.env.find((entry) => entry.name === variable.name);
    const oldSecret = old && 'secret' in old ? old.secret : undefined;
    if (oldSecret && secrets.open(oldSecret.sealed, id) === variable.value) sealed.set(variable.name, oldSecret);
    else {
      sealed.set(variable.name, {
        version: (oldSecret?.version ?? 0) + 1,
        sealed: secrets.seal(variable.value, id),
      });
    }
  }
  return sealed;
}

/** The secret variables of a template, opened: for the driver only. */
export function openSecrets(
  template: Template,
  id: DeploymentId,
  secrets: Secrets | undefined,
): Record<string, string> {
  const opened: Record<string, string> = {};
  for (const entry of template.env) {
    if (!('secret' in entry)) continue;
    if (!secrets)
      throw new MoorageError('permission_denied', `Cannot open the secret "${entry.name}": the host has no key`);
    opened[entry.name] = secrets.open(entry.secret.sealed, id);
  }
  return opened;
}

/** The manifest as it is kept: secret values are blank. */
export function withoutSecrets(manifest: Manifest): Manifest {
  const env = manifest.runtime?.env;
  if (!env?.some((variable) => variable.secret)) return manifest;
  const blank = env.map((variable) => (variable.secret ? { ...variable, value: '' } : variable));
  return { ...manifest, runtime: { ...manifest.runtime, env: blank } };
}

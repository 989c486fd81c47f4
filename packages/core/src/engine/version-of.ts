import { parseManifest } from '@moorage/protocol/base';
import { checkCapabilities } from '../decide/check-capabilities.js';
import { templateHash } from '../decide/template-hash.js';
import { toHealthPolicy } from '../decide/to-health-policy.js';
import { toScalingRange } from '../decide/to-scaling-range.js';
import { toTemplate } from '../decide/to-template.js';
import type { DesiredState } from '../model/deployment.js';
import type { DeploymentId } from '../model/ids.js';
import type { HostContext } from './host-context.js';
import { sealSecrets, withoutSecrets } from './seal-secrets.js';

const defaultRolloutDeadlineMs = 300_000;

/** What one manifest makes of a deployment. */
export type Version = Pick<
  DesiredState,
  'manifest' | 'template' | 'templateHash' | 'health' | 'rolloutDeadlineMs' | 'scaling'
>;

/**
 * Reads a manifest into a version of the deployment `id`, checked against what the driver can. Errors:
 * `invalid_argument`, `unsupported`.
 */
export function versionOf(
  context: HostContext,
  input: unknown,
  id: DeploymentId,
  before: DesiredState | undefined,
): { readonly version: Version; readonly warnings: readonly string[] } {
  const { manifest, warnings } = parseManifest(input);
  const secrets = sealSecrets(manifest, id, before?.template, context.secrets);
  const template = toTemplate(manifest, secrets);
  const refusal = checkCapabilities(template, context.driver.capabilities, context.driver.name);
  if (refusal) throw refusal;
  const { name: driver, capabilities } = context.driver;
  const scaling = toScalingRange(manifest, template, { driver, metrics: capabilities.autoscale ?? [] });
  const version: Version = {
    manifest: withoutSecrets(manifest),
    template,
    templateHash: templateHash(template),
    health: toHealthPolicy(manifest),
    rolloutDeadlineMs: manifest.runtime?.rollout_deadline_ms ?? defaultRolloutDeadlineMs,
    ...(scaling.range && { scaling: scaling.range }),
  };
  return { version, warnings: [...warnings, ...scaling.warnings] };
}

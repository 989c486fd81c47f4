import { containerName } from './labels.js';
import { fieldManager } from './write-object.js';

/** One entry of what the API server writes down about who set which fields. */
export interface ManagedFields {
  readonly manager?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldTree;
}

interface FieldTree {
  readonly [field: string]: FieldTree;
}

/** Parts of a container that are said in full by us. A variable more in `env` is another one's own. */
const ours = ['f:image', 'f:command', 'f:resources', 'f:securityContext', 'f:livenessProbe', 'f:readinessProbe'];
const oursOfDeployment = ['f:strategy', 'f:progressDeadlineSeconds'];

/**
 * Who besides us has set a field of a Deployment that is ours: whoever changes one becomes its manager. Undefined where
 * nobody has. What else they set is left alone, and so is the number of instances, which may be an autoscaler's. Pure.
 */
export function foreignHand(entries: readonly ManagedFields[]): string | undefined {
  const other = entries.find(
    ({ manager, subresource, fieldsV1 }) =>
      manager !== fieldManager && subresource === undefined && fieldsV1 !== undefined && touchesOurs(fieldsV1),
  );
  return other && (other.manager ?? 'unknown');
}

function touchesOurs(fields: FieldTree): boolean {
  const spec = fields['f:spec'] ?? {};
  if (oursOfDeployment.some((field) => spec[field])) return true;
  const pod = spec['f:template']?.['f:spec'] ?? {};
  if (pod['f:securityContext'] || pod['f:automountServiceAccountToken']) return true;
  const container = pod['f:containers']?.[`k:{"name":"${containerName}"}`] ?? {};
  return ours.some((field) => container[field]);
}

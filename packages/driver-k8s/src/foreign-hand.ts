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
/** Fields of `spec` that are said in full by us. */
const oursOfSpec: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['f:strategy', 'f:progressDeadlineSeconds'],
  Service: ['f:selector'],
  NetworkPolicy: ['f:podSelector', 'f:policyTypes', 'f:ingress', 'f:egress'],
  PodDisruptionBudget: ['f:maxUnavailable', 'f:selector'],
  HorizontalPodAutoscaler: ['f:scaleTargetRef', 'f:minReplicas', 'f:maxReplicas', 'f:metrics'],
};

/**
 * Who besides us has set a field of an object that is ours: whoever changes one becomes its manager. Undefined where
 * nobody has. What else they set is left alone, and so is the number of instances, which may be an autoscaler's. Pure.
 */
export function foreignHand(kind: string, entries: readonly ManagedFields[]): string | undefined {
  const ours = oursOfSpec[kind];
  if (!ours) return undefined;
  const other = entries.find(
    ({ manager, subresource, fieldsV1 }) =>
      manager !== fieldManager && subresource === undefined && fieldsV1 !== undefined && touchesOurs(ours, fieldsV1),
  );
  return other && (other.manager ?? 'unknown');
}

function touchesOurs(oursHere: readonly string[], fields: FieldTree): boolean {
  const spec = fields['f:spec'] ?? {};
  if (oursHere.some((field) => spec[field])) return true;
  if (Object.entries(spec['f:ports'] ?? {}).some(isEdited)) return true;
  const pod = spec['f:template']?.['f:spec'] ?? {};
  if (pod['f:securityContext'] || pod['f:automountServiceAccountToken']) return true;
  const container = pod['f:containers']?.[`k:{"name":"${containerName}"}`] ?? {};
  return ours.some((field) => container[field]);
}

/** A port of a Service that somebody changed; one that they have added is theirs as a whole. */
function isEdited([port, fields]: [string, FieldTree]): boolean {
  return port.startsWith('k:') && fields['.'] === undefined;
}

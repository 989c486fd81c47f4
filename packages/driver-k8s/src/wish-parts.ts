import type { KubeObject } from './kube-objects.js';
import { annotation, label } from './labels.js';
import { recordedSecrets } from './secret-record.js';

/** Made once, never read, or not ours: what they say tells nothing of a wish. */
const leftOut = new Set(['Namespace', 'PersistentVolumeClaim', 'Secret', 'Deployment']);

/**
 * Everything beside its Deployment that a wish is made of, as text to be kept on the Deployment: whoever finds it later
 * can tell whether all of it is there. Pure.
 */
export function toPartsNote(objects: readonly KubeObject[]): string {
  return objects.flatMap(partOf).sort().join(' ');
}

function partOf({ kind, metadata }: KubeObject): readonly string[] {
  if (leftOut.has(kind)) return [];
  // What holds for a whole tenant may say another thing by now, for another deployment of it.
  if (metadata.labels?.[label.deployment] === undefined) return [`${kind}/${metadata.name}`];
  return [`${kind}:${(metadata.annotations?.[annotation.applied] ?? '').slice(0, 8)}`];
}

/** What is looked at to tell whether a wish is whole. */
export interface PartsFound {
  /** What the Deployment says of its parts; undefined where an older version stated it. */
  readonly note: string | undefined;
  /** All with the deployment's label, and all that its tenant has. */
  readonly objects: readonly KubeObject[];
  /** Names of the Secrets that are used: by the wish, and by pods of the version before. */
  readonly usedSecrets: ReadonlySet<string>;
}

/**
 * Why a wish has to be stated again although its Deployment is as it should be: a host died in the middle, or somebody
 * took a part away. Undefined: it is whole. Pure.
 */
export function unfinishedCause({ note, objects, usedSecrets }: PartsFound): string | undefined {
  if (note === undefined) return undefined;
  const there = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const found = new Set(there.flatMap(partOf));
  const wanted = note.split(' ').filter(Boolean);
  const missing = wanted.find((part) => !found.has(part));
  if (missing !== undefined) return `its ${kindOf(missing)} is missing, or says something else`;
  const kinds = new Set(wanted.map(kindOf));
  const isOld = (name: string) => !usedSecrets.has(name);
  const extra = there.find(({ kind }) => optional.has(kind) && !kinds.has(kind))?.kind;
  const left = extra ?? (there.flatMap(recordedSecrets).some(isOld) ? 'Secret' : undefined);
  return left && `a ${left} of an earlier wish is left`;
}

const kindOf = (part: string): string => part.split(/[:/]/)[0] ?? part;

/** There or not, as the wish says. */
const optional = new Set(['PodDisruptionBudget', 'HorizontalPodAutoscaler']);

import type { z } from 'zod';

type Path = readonly PropertyKey[];

/** A key that the schema does not know. `strict`: the block refuses it; elsewhere it is told and left out. */
export interface UnknownKey {
  readonly path: Path;
  readonly strict: boolean;
  /** The known key that was probably meant. */
  readonly meant: string | undefined;
}

export interface SplitKeys {
  /** The data without any unknown key. */
  readonly known: unknown;
  /** Keys that start with `x-`, and the `$schema` of the whole document, to be put back after validation. */
  readonly extensions: readonly { readonly path: Path; readonly value: unknown }[];
  readonly unknown: readonly UnknownKey[];
}

interface Found {
  readonly extensions: { path: Path; value: unknown }[];
  readonly unknown: UnknownKey[];
}

type Schema = z.core.$ZodType;

/** Takes the keys that `schema` does not know out of `data`, at every level that the schema describes. */
export function splitUnknownKeys(schema: Schema, data: unknown): SplitKeys {
  const found: Found = { extensions: [], unknown: [] };
  const known = split(schema, data, [], found);
  return { known, ...found };
}

/** Puts the extensions back where they were. `target` must have the shape of the data that they came from. */
export function restoreExtensions(target: unknown, extensions: SplitKeys['extensions']): void {
  for (const { path, value } of extensions) {
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], target);
    (parent as Record<PropertyKey, unknown>)[path.at(-1) ?? ''] = value;
  }
}

function split(schema: Schema, data: unknown, path: Path, found: Found): unknown {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'optional':
      return split(def.innerType, data, path, found);
    case 'array':
      return Array.isArray(data) ? data.map((item, index) => split(def.element, item, [...path, index], found)) : data;
    case 'union': {
      const wanted = Array.isArray(data) ? 'array' : 'object';
      const option = def.options.find((each) => each._zod.def.type === wanted);
      return option ? split(option, data, path, found) : data;
    }
    case 'object':
      return isObject(data) ? splitObject(def, data, path, found) : data;
    default:
      return data;
  }
}

function splitObject(def: z.core.$ZodObjectDef, data: Record<string, unknown>, path: Path, found: Found): unknown {
  const result: Record<string, unknown> = {};
  const strict = def.catchall?._zod.def.type === 'never';
  for (const [key, value] of Object.entries(data)) {
    const inner = [...path, key];
    const schema = Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
    if (schema) result[key] = split(schema, value, inner, found);
    else if (key.startsWith('x-') || (key === '$schema' && path.length === 0))
      found.extensions.push({ path: inner, value });
    else found.unknown.push({ path: inner, strict, meant: nearest(key, Object.keys(def.shape)) });
  }
  return result;
}

function isObject(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

/** The known key at most two edits away, case and separators not counted; undefined when none is near. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[_\-\s]/g, '');
  const wanted = plain(key);
  // A huge key is no typing error, and comparing it would be slow.
  if (wanted.length > 64) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.min(2, wanted.length - 2) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

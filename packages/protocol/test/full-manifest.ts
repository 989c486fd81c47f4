import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { type Manifest, manifestSchema } from '../src/manifest.js';

/** A fresh copy of the manifest that uses every field; for tests only. */
export function fullManifest(): Manifest {
  const file = new URL('./fixtures/full-manifest.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

/** One field of the manifest, with its schema; `[]` stands for any entry of a list. */
export interface SchemaField {
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
}

/** Every field that the manifest's schema describes, at every depth. */
export function manifestFields(): readonly SchemaField[] {
  return fieldsOf(manifestSchema, []);
}

function fieldsOf(schema: z.core.$ZodType, path: readonly string[]): SchemaField[] {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  if (def.type === 'optional') return fieldsOf(def.innerType, path);
  const own = path.length > 0 ? [{ path, schema }] : [];
  if (def.type === 'array') return [...own, ...fieldsOf(def.element, [...path, '[]'])];
  if (def.type === 'union') return [...own, ...def.options.flatMap((option) => fieldsOf(option, path).slice(1))];
  if (def.type !== 'object') return own;
  return [...own, ...Object.entries(def.shape).flatMap(([key, inner]) => fieldsOf(inner, [...path, key]))];
}

/** `runtime.env[].name` */
export function patternOf(path: readonly string[]): string {
  return path.join('.').replaceAll('.[]', '[]');
}

/** The first place in `data` that a path with `[]` fits; undefined when there is none. */
export function locate(data: unknown, path: readonly string[]): (string | number)[] | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return [];
  if (head === '[]') {
    if (!Array.isArray(data)) return undefined;
    for (const [index, item] of data.entries()) {
      const found = locate(item, rest);
      if (found) return [index, ...found];
    }
    return undefined;
  }
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, head)) return undefined;
  const found = locate((data as Record<string, unknown>)[head], rest);
  return found && [head, ...found];
}

/** Changes one value in place. */
export function setAt(data: unknown, path: readonly (string | number)[], value: unknown): void {
  const parent = path.slice(0, -1).reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], data);
  (parent as Record<string | number, unknown>)[path.at(-1) ?? ''] = value;
}

import { type FieldIssue, fieldPath } from './field-issue.js';

/** Largest document that is read, in bytes of UTF-8: 1 MiB. */
export const maxJsonBytes = 1_048_576;
/** Deepest nesting that is read. */
export const maxJsonDepth = 64;

/** Keys that reach into an object's prototype when copied carelessly. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

type Path = readonly PropertyKey[];

/**
 * A deep copy that holds JSON data and nothing else: properties that are undefined are left out; what JSON cannot
 * say, a forbidden key, or a document beyond the limits is an issue. Cycles end at the depth limit.
 */
export function toPlainJson(
  input: unknown,
  root: string,
): { readonly value: unknown; readonly issue?: undefined } | { readonly issue: FieldIssue } {
  const state: CopyState = { root, bytes: 0, issue: undefined };
  const value = copy(input, [], state);
  return state.issue ? { issue: state.issue } : { value };
}

interface CopyState {
  readonly root: string;
  bytes: number;
  issue: FieldIssue | undefined;
}

function copy(value: unknown, path: Path, state: CopyState): unknown {
  if (state.issue) return undefined;
  if (path.length > maxJsonDepth) return fail(state, path.slice(0, 4), 'nested', tooDeep, 'flatten it');
  switch (typeof value) {
    case 'string':
      count(value, state);
      return value;
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      return fail(state, path, String(value), 'must be a finite number', 'give a number that JSON can say');
    case 'object':
      if (value === null) return null;
      return Array.isArray(value) ? copyList(value, path, state) : copyObject(value, path, state);
    default:
      return fail(state, path, `a ${typeof value}`, 'must be JSON data', 'give text, numbers, lists and objects only');
  }
}

function copyList(list: readonly unknown[], path: Path, state: CopyState): unknown[] {
  const result: unknown[] = [];
  for (const [index, item] of list.entries()) {
    count('', state);
    result.push(copy(item, [...path, index], state));
    if (state.issue) break;
  }
  return result;
}

function copyObject(source: object, path: Path, state: CopyState): unknown {
  if (Object.prototype.toString.call(source) !== '[object Object]') {
    const kind = Object.prototype.toString.call(source).slice(8, -1);
    return fail(state, path, `a ${kind}`, 'must be JSON data', 'give text, numbers, lists and objects only');
  }
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    const inner = [...path, key];
    if (forbiddenKeys.has(key)) return fail(state, inner, 'a reserved key', 'no object may have it', 'rename the key');
    const value = (source as Record<string, unknown>)[key];
    if (value === undefined) continue;
    count(key, state);
    result[key] = copy(value, inner, state);
    if (state.issue) break;
  }
  return result;
}

const tooDeep = `may be at most ${maxJsonDepth} levels deep`;

function count(text: string, state: CopyState): void {
  // A text longer than the limit is too large whatever its encoding: no need to encode it.
  state.bytes += text.length > maxJsonBytes ? text.length : utf8Length(text) + 2;
  if (state.bytes > maxJsonBytes) {
    fail(state, [], `larger than ${maxJsonBytes} bytes`, `may have at most ${maxJsonBytes} bytes`, 'shorten it');
  }
}

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return text === '' ? 0 : encoder.encode(text).byteLength;
}

function fail(state: CopyState, path: Path, value: string, must: string, fix: string): undefined {
  const field = fieldPath(path) || state.root;
  state.issue ??= { field, message: `${field} is ${value}, but ${must}`, fix };
  return undefined;
}

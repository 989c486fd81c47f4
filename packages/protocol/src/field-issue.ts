import type { z } from 'zod';

/** One thing wrong with an input: where, what, and the way out. */
export interface FieldIssue {
  /** Path of the field, e.g. `runtime.env[0].name`. */
  readonly field: string;
  /** The value, and the limit that it breaks. */
  readonly message: string;
  /** What to write instead. */
  readonly fix: string;
}

/** Ways out by path, indexes left out: `runtime.env[].name`. */
export type FieldHints = Readonly<Record<string, string>>;

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** `['runtime', 'env', 0, 'name']` as `runtime.env[0].name`. */
export function fieldPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** A value as it stands in a message: quoted, and cut at 80 characters. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 76)}…"` : text;
}

/**
 * Tells zod's issues in the words of this project. Values of fields that may be secret are never quoted.
 * `root` names the whole input, for an issue that has no path.
 */
export function describeIssues(
  issues: readonly Issue[],
  input: unknown,
  root: string,
  hints: FieldHints,
): FieldIssue[] {
  return issues.flatMap((issue) => deepest(issue)).map((issue) => describeIssue(issue, input, root, hints));
}

/** A union reports one list per branch: the branch that got furthest is the one that was meant. */
function deepest(issue: Issue, prefix: Path = []): Issue[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ ...issue, path } as Issue];
  const branches = issue.errors.filter((branch) => branch.some((inner) => inner.path.length > 0));
  const meant = branches[0];
  if (meant) return meant.flatMap((inner) => deepest(inner, path));
  const anyType = issue.errors.every((branch) => branch.every((inner) => inner.code === 'invalid_type'));
  const limit = issue.errors.flat().find((inner) => inner.code !== 'invalid_type');
  if (!anyType && limit) return deepest(limit, path);
  return [{ ...issue, path } as Issue];
}

function describeIssue(issue: Issue, input: unknown, root: string, hints: FieldHints): FieldIssue {
  const path = issue.path;
  const field = fieldPath(path) || root;
  const value = valueAt(input, path);
  const must = limitOf(issue);
  const shown = maySecret(path) ? 'not acceptable' : quoteValue(value);
  const message = value === undefined ? `${field} is missing: it ${must}` : `${field} is ${shown}, but ${must}`;
  const pattern = fieldPath(path.map((part) => (typeof part === 'number' ? '#' : part))).replaceAll('.#', '[]');
  return { field, message, fix: hints[pattern] ?? defaultFix(issue, value) };
}

function limitOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeWords[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => quoteValue(value)).join(', ')}`;
    case 'invalid_format':
      // A pattern says little to a person; the way out says what is wanted.
      return issue.format === 'url' ? 'must be a URL' : 'must have another form';
    case 'unrecognized_keys':
      return `must not have the key ${issue.keys.map((key) => quoteValue(key)).join(', ')}`;
    case 'invalid_union':
      return `must be ${unionWords(issue.errors)}`;
    case 'custom':
      return issue.message;
    default:
      return `must be otherwise: ${issue.message}`;
  }
}

function unionWords(branches: readonly (readonly Issue[])[]): string {
  const words = branches.flatMap((branch) =>
    branch.flatMap((issue) => (issue.code === 'invalid_type' ? [typeWords[issue.expected] ?? issue.expected] : [])),
  );
  return [...new Set(words)].join(' or ') || 'of another type';
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' entries long' : '';
}

function defaultFix(issue: Issue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return 'remove what is not known';
  if (value === undefined) return 'add it';
  const limit = limitOf(issue);
  return limit.startsWith('must be ') ? `use ${limit.slice('must be '.length)}` : 'correct it';
}

/** Values of environment variables may be secrets. */
function maySecret(path: Path): boolean {
  return path.includes('env') && path.length > 2 && path.at(-1) !== 'name';
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}

import { MoorageError } from './errors.js';
import { describeIssues, type FieldIssue, fieldPath } from './field-issue.js';
import { type Manifest, manifestSchema } from './manifest.js';
import { manifestHints } from './manifest-hints.js';
import { checkManifestRules } from './manifest-rules.js';
import { toPlainJson } from './plain-json.js';
import { restoreExtensions, splitUnknownKeys, type UnknownKey } from './unknown-keys.js';

export interface ParsedManifest {
  /** A copy of its own; keys that start with `x-` are kept at every level. */
  readonly manifest: Manifest;
  /** What is accepted, but not as the author may have meant it. */
  readonly warnings: readonly string[];
}

/** So many issues are told at most; a hostile document could have millions. */
const maxIssues = 100;

/**
 * Reads an agent's manifest. Throws `invalid_argument`: the message names the first bad field, its value, the limit and
 * the way out, and `context.issues` lists `{ field, message, fix }` for all of them. The document may have 1 MiB and
 * 64 levels. Unknown keys are a warning and left out; in `resources`, `probes`, `scaling`, `network`, `state`, `build`
 * and the entries of `env`, where one would change what is limited, they are refused.
 */
export function parseManifest(input: unknown): ParsedManifest {
  const plain = toPlainJson(input, 'manifest');
  if (plain.issue) throw refusal([plain.issue]);
  const { known, extensions, unknown } = splitUnknownKeys(manifestSchema, plain.value);
  const refused = unknown.filter((key) => key.strict).map(unknownKeyIssue);
  const parsed = manifestSchema.safeParse(known);
  if (!parsed.success) {
    throw refusal([...describeIssues(parsed.error.issues, known, 'manifest', manifestHints), ...refused]);
  }
  const { issues, warnings } = checkManifestRules(parsed.data);
  if (refused.length + issues.length > 0) throw refusal([...refused, ...issues]);
  restoreExtensions(parsed.data, extensions);
  const ignored = unknown.slice(0, maxIssues).map(unknownKeyWarning);
  return { manifest: parsed.data, warnings: [...ignored, ...warnings] };
}

function unknownKeyIssue({ path, meant }: UnknownKey): FieldIssue {
  const field = fieldPath(path);
  const fix = meant ? `did you mean "${meant}"?` : 'remove it, or let its name start with "x-"';
  return { field, message: `${field} is no known field`, fix };
}

function unknownKeyWarning({ path, meant }: UnknownKey): string {
  const hint = meant ? `did you mean "${meant}"?` : 'keys of your own start with "x-"';
  return `${fieldPath(path)} is no known field and is left out: ${hint}`;
}

function refusal(issues: readonly FieldIssue[]): MoorageError {
  const [first] = issues;
  const rest = issues.length - 1;
  const more = rest > 0 ? ` (and ${rest} more ${rest === 1 ? 'problem' : 'problems'})` : '';
  const message = `Cannot accept the manifest: ${first?.message}. Way out: ${first?.fix}${more}`;
  return new MoorageError('invalid_argument', message, {
    operation: 'manifest.parse',
    context: { field: first?.field, issues: issues.slice(0, maxIssues) },
  });
}

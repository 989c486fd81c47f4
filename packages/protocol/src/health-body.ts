import { readJson } from './json-text.js';

export interface HealthBody {
  /** `warn`: it serves, with less than it should. */
  readonly verdict: 'pass' | 'warn' | 'fail';
  /** 0..1; undefined when the body does not tell it, or tells nonsense. */
  readonly load?: number;
  /** What the agent says, or its status in words; at most 500 characters. */
  readonly message?: string;
}

const warnWords: ReadonlySet<string> = new Set(['warn', 'warning', 'degraded']);
const failWords: ReadonlySet<string> = new Set(['fail', 'error', 'down', 'unhealthy']);

/**
 * Reads an agent's answer to `GET /health`. 2xx passes unless the body's own `status` says otherwise; 429 warns;
 * all else fails. A body that is no JSON counts by its HTTP status alone.
 */
export function parseHealthBody(status: number, body: string): HealthBody {
  const fields = readFields(body);
  const word = typeof fields.status === 'string' ? fields.status.toLowerCase() : '';
  const verdict = judge(status, word);
  const load = typeof fields.load === 'number' && fields.load >= 0 && fields.load <= 1 ? fields.load : undefined;
  const message = messageOf(fields) ?? (verdict === 'pass' ? undefined : `answered ${status} ${word}`.trim());
  return { verdict, ...(load === undefined ? {} : { load }), ...(message === undefined ? {} : { message }) };
}

function judge(status: number, word: string): HealthBody['verdict'] {
  if (status === 429) return 'warn';
  if (status < 200 || status > 299 || failWords.has(word)) return 'fail';
  return warnWords.has(word) ? 'warn' : 'pass';
}

function readFields(body: string): Readonly<Record<string, unknown>> {
  const value = readJson(body);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function messageOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const text = [fields.message, fields.error, fields.output].find((value) => typeof value === 'string' && value !== '');
  return typeof text === 'string' ? text.slice(0, 500) : undefined;
}

import { type ErrorCode, isMoorageError, MoorageError } from '@moorage/core/driver';

/** What was being done when the engine refused; names and limits only, never a secret. */
export interface ErrorScene {
  readonly operation: string;
  /** Begins the message, e.g. `Cannot create instance "moor-…"`. */
  readonly action: string;
  /** The call's own signal: once it is aborted, every failure is that abort. */
  readonly signal: AbortSignal;
  /** Address of the engine. */
  readonly address: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  /** The way out, for a person. */
  readonly hint?: string;
}

/** One pattern of several alternatives, whatever their case. */
function anyOf(...alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'i');
}

const diskHint = 'Free some space on the engine ("docker system df" shows what holds it)';
const credentialHint =
  'Check the name, and give the registry under "credentials" of dockerDriver when it needs a login';

/** The engine's own words, most telling first: many refusals come as a bare 500. */
const rules: readonly Rule[] = [
  { pattern: /no space left on device|disk quota exceeded/i, code: 'resource_exhausted', hint: diskHint },
  { pattern: /port is already allocated|address already in use/i, code: 'resource_exhausted', hint: 'Free the port' },
  {
    pattern: /no available ipv4 addresses|could not find an available, non-overlapping ipv4/i,
    code: 'resource_exhausted',
    hint: 'The tenant has as many instances as its network has addresses: remove some of them',
  },
  { pattern: /cannot allocate memory|resource temporarily unavailable/i, code: 'resource_exhausted' },
  {
    pattern: /storage-opt|storage option|quota.*not supported/i,
    code: 'unsupported',
    hint: 'Leave resources.disk out',
  },
  {
    pattern: anyOf(
      'no basic auth credentials|unauthorized|authentication required',
      "access denied|denied: |may require 'docker login'",
    ),
    code: 'invalid_argument',
    hint: credentialHint,
  },
  {
    pattern: anyOf(
      'manifest unknown|manifest for .* not found|no such image',
      'name unknown|invalid reference format|no matching manifest',
    ),
    code: 'invalid_argument',
    hint: credentialHint,
  },
  {
    pattern: /executable file not found|exec: "|exec format error|no command specified|unable to find user/i,
    code: 'invalid_argument',
    hint: 'Check the command, the user and the platform of the image',
  },
  {
    pattern: anyOf(
      'toomanyrequests|no such host|connection refused|i/o timeout|tls handshake',
      'server misbehaving|network is unreachable|received unexpected http status: 5|eof$',
    ),
    code: 'unavailable',
  },
];

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_argument',
  401: 'permission_denied',
  403: 'permission_denied',
  404: 'not_found',
  409: 'conflict',
  429: 'unavailable',
  501: 'unsupported',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

const unreachable = new Set(
  'ENOENT ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN ENOTSOCK EAGAIN'.split(
    ' ',
  ),
);

/** Turns whatever the engine, its client or the abort signal gave into a `MoorageError`. Pure. */
export function classifyError(thrown: unknown, scene: ErrorScene): MoorageError {
  if (scene.signal.aborted) return fromAbort(scene);
  if (isMoorageError(thrown)) return thrown;
  const status = statusOf(thrown);
  const words = engineWords(thrown);
  if (status === undefined) {
    const network = fromNetwork(thrown, scene);
    if (network) return network;
  }
  const rule = rules.find(({ pattern }) => pattern.test(words));
  const code = rule?.code ?? (status === undefined ? 'internal' : (codeOfStatus[status] ?? 'internal'));
  const hint = rule?.hint ? `. ${rule.hint}` : '';
  return new MoorageError(code, `${scene.action}: the engine says "${words}"${hint}`, {
    operation: scene.operation,
    context: { engine: scene.address, ...(status === undefined ? {} : { status }) },
    cause: thrown,
  });
}

function fromAbort(scene: ErrorScene): MoorageError {
  const reason: unknown = scene.signal.reason;
  if (isMoorageError(reason)) return reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  return timedOut
    ? new MoorageError('timeout', `${scene.action}: the engine did not answer in time`, { operation: scene.operation })
    : new MoorageError('cancelled', `${scene.action}: cancelled by the caller`, { operation: scene.operation });
}

function fromNetwork(thrown: unknown, scene: ErrorScene): MoorageError | undefined {
  const code = codeOf(thrown);
  const context = { engine: scene.address };
  const options = { operation: scene.operation, context, cause: thrown };
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `${scene.action}: no permission to use the Docker Engine at "${scene.address}". Run as a user of the group "docker"`;
    return new MoorageError('permission_denied', message, options);
  }
  const broken = thrown instanceof Error && /socket hang up|^aborted$|premature close/i.test(thrown.message);
  if (!broken && (code === undefined || !(unreachable.has(code) || code.startsWith('HPE_')))) return undefined;
  const message = `${scene.action}: the Docker Engine at "${scene.address}" does not answer (${code ?? 'connection lost'}). Start it, or set DOCKER_HOST to where it runs`;
  return new MoorageError('unavailable', message, options);
}

/** HTTP status of a refusal; undefined when there was no answer. */
export function statusOf(thrown: unknown): number | undefined {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/** What the engine said, without the client's wrapping, in one line. */
export function engineWords(thrown: unknown): string {
  const json = (thrown as { json?: { message?: unknown } | null } | null)?.json;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const words = typeof json?.message === 'string' ? json.message : message.replace(/^\(HTTP code \d+\) .*? - /, '');
  return words.replace(/\s+/g, ' ').trim().slice(0, 1000);
}

function codeOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return code;
  const inner = (thrown as { errors?: unknown[] } | null)?.errors?.[0];
  return inner === undefined ? undefined : codeOf(inner);
}

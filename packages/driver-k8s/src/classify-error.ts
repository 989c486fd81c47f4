import { type ErrorCode, isMoorageError, MoorageError } from '@moorage/core/driver';

/** What was being done when the cluster refused; names and limits only, never a secret. */
export interface ErrorScene {
  readonly operation: string;
  /** Begins the message, e.g. `Cannot apply deployment "d-…"`. */
  readonly action: string;
  /** The call's own signal: once it is aborted, every failure is that abort. */
  readonly signal: AbortSignal;
  /** Address of the API server. */
  readonly address: string;
}

/** A refusal as the API server words it. */
export interface ApiFailure extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: ApiDetails;
}

interface ApiDetails {
  readonly kind?: string;
  readonly name?: string;
  readonly causes?: readonly { readonly reason?: string; readonly field?: string; readonly message?: string }[];
}

interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: ApiDetails;
}

/** An answer other than success as an error; `body` is a `Status` object or whatever stood in its place. */
export function apiFailure(status: number, body: string): ApiFailure {
  const parsed = parseStatus(body);
  const message = parsed.message ?? (body.trim().slice(0, 500) || `HTTP status ${status}`);
  return Object.assign(new Error(message), { status, reason: parsed.reason ?? '', details: parsed.details ?? {} });
}

function parseStatus(body: string): StatusBody {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

export function httpStatusOf(thrown: unknown): number | undefined {
  const status = (thrown as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : undefined;
}

interface Rule {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint?: string;
}

/** Refusals that come as a bare 403 or 422 and mean something else than their status. */
const rules: readonly Rule[] = [
  {
    pattern: /because it is being terminated|NamespaceTerminating|is being deleted/i,
    code: 'unavailable',
    hint: 'What was there before is still on its way out; try again when it is gone',
  },
  { pattern: /exceeded quota/i, code: 'resource_exhausted', hint: "Raise the tenant's quota, or remove something" },
  { pattern: /violates PodSecurity|admission webhook|denied the request/i, code: 'invalid_argument' },
  { pattern: /field is immutable|immutable/i, code: 'conflict' },
];

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  405: 'unsupported',
  408: 'timeout',
  409: 'conflict',
  410: 'unavailable',
  413: 'invalid_argument',
  415: 'unsupported',
  422: 'invalid_argument',
  429: 'unavailable',
};

/** Turns whatever the API server, the network, the client or the abort signal gave into a `MoorageError`. Pure. */
export function classifyError(thrown: unknown, scene: ErrorScene): MoorageError {
  if (scene.signal.aborted) return fromAbort(scene, thrown);
  if (isMoorageError(thrown)) return thrown;
  const status = httpStatusOf(thrown);
  return status === undefined ? fromNetwork(thrown, scene) : fromStatus(thrown as ApiFailure, scene);
}

function fromStatus(failure: ApiFailure, scene: ErrorScene): MoorageError {
  const { status, message } = failure;
  const context = { cluster: scene.address, status };
  const options = { operation: scene.operation, context, cause: failure };
  const rule = rules.find(({ pattern }) => pattern.test(message));
  if (rule && status !== 404) {
    return new MoorageError(rule.code, `${scene.action}: the cluster says "${message}"${hintOf(rule)}`, options);
  }
  if (status === 403) return forbidden(failure, scene);
  if (status === 401) {
    const text = `${scene.action}: the cluster at "${scene.address}" does not know who is asking. Check the credentials of the kubeconfig's context`;
    return new MoorageError('unauthenticated', text, options);
  }
  const code = codeOfStatus[status] ?? (status >= 500 ? 'unavailable' : 'internal');
  return new MoorageError(code, `${scene.action}: the cluster says "${message}"`, options);
}

const hintOf = ({ hint }: Rule): string => (hint === undefined ? '' : `. ${hint}`);

/** RBAC's words: `User "x" cannot list resource "pods" in API group "" in the namespace "y"`. */
const rbacWords = /User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "([^"]*)"( in the namespace "([^"]*)")?/;

function forbidden(failure: ApiFailure, scene: ErrorScene): MoorageError {
  const [, user, verb, resource, group, , namespace] = rbacWords.exec(failure.message) ?? [];
  if (verb === undefined || resource === undefined) {
    return new MoorageError('permission_denied', `${scene.action}: the cluster says "${failure.message}"`, {
      operation: scene.operation,
      context: { cluster: scene.address, status: failure.status },
      cause: failure,
    });
  }
  const full = group === '' ? resource : `${resource}.${group}`;
  const where = namespace === undefined ? 'in the whole cluster' : `in namespace "${namespace}"`;
  return new MoorageError(
    'permission_denied',
    `${scene.action}: "${user}" lacks the verb "${verb}" for "${full}" ${where}. Grant it by a role, see the manifests of @moorage/driver-k8s`,
    {
      operation: scene.operation,
      context: { cluster: scene.address, verb, resource: full, ...(namespace === undefined ? {} : { namespace }) },
      cause: failure,
    },
  );
}

function fromAbort(scene: ErrorScene, thrown: unknown): MoorageError {
  const reason: unknown = scene.signal.reason;
  if (isMoorageError(reason)) return reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  return timedOut
    ? new MoorageError('timeout', `${scene.action}: the cluster at "${scene.address}" did not answer in time`, {
        operation: scene.operation,
        cause: thrown,
      })
    : new MoorageError('cancelled', `${scene.action}: cancelled by the caller`, { operation: scene.operation });
}

const unreachable = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN ECONNABORTED'.split(' '),
);

function fromNetwork(thrown: unknown, scene: ErrorScene): MoorageError {
  const code = networkCodeOf(thrown);
  const words = (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 500);
  const options = { operation: scene.operation, context: { cluster: scene.address }, cause: thrown };
  if (code !== undefined && /^(CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL)/.test(code)) {
    const text = `${scene.action}: the certificate of "${scene.address}" is not trusted (${code}). Check certificate-authority of the kubeconfig's cluster`;
    return new MoorageError('unauthenticated', text, options);
  }
  const broken = /socket hang up|aborted|premature close|other side closed/i.test(words);
  if (broken || (code !== undefined && (unreachable.has(code) || code.startsWith('HPE_')))) {
    const text = `${scene.action}: the cluster at "${scene.address}" does not answer (${code ?? words}). Check that it runs and that the kubeconfig's context is the right one`;
    return new MoorageError('unavailable', text, options);
  }
  return new MoorageError('internal', `${scene.action}: ${words}`, options);
}

function networkCodeOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return code;
  const inner = (thrown as { errors?: unknown[] } | null)?.errors?.[0];
  return inner === undefined ? undefined : networkCodeOf(inner);
}

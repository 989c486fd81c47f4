import { createHash } from 'node:crypto';
import { isMoorageError, MoorageError } from '@moorage/protocol/base';
import { canonicalJson } from '../decide/canonical-json.js';
import { checkReplicas } from '../decide/change-desired.js';
import { initialStatus } from '../decide/initial-status.js';
import type { DeployOptions } from '../host-types.js';
import type { DeploymentRecord, DesiredState } from '../model/deployment.js';
import type { DeploymentId } from '../model/ids.js';
import { maxNameLength } from '../model/limits.js';
import type { Commit } from '../ports/store.js';
import type { HostContext } from './host-context.js';
import { notFound, settleCommit } from './settle-commit.js';
import { type Version, versionOf } from './version-of.js';

export interface Deployed {
  readonly record: DeploymentRecord;
  /** False: it was there already. */
  readonly created: boolean;
  readonly warnings: readonly string[];
}

/**
 * Commits a new wish, or finds the one that is there: by the idempotency key, else by tenant and name. Errors as
 * `host.deploy`.
 */
export async function deploy(context: HostContext, input: unknown, options: DeployOptions): Promise<Deployed> {
  const tenant = checkText('tenant', options.tenant);
  const id = `d-${context.random.id(16)}`;
  const { version, warnings } = versionOf(context, input, id, undefined);
  const name = checkText('name', options.name ?? version.manifest.agent_id);
  const replicas = firstReplicas(version, options.replicas);
  const request = { manifest: version.manifest, tenant, name, replicas };
  const fingerprint = createHash('sha256').update(canonicalJson(request)).digest('hex');
  const earlier = await sameRequest(context, tenant, options.idempotencyKey, fingerprint);
  if (earlier) return { record: earlier, created: false, warnings };
  const desired = firstWish(context, { id, tenant, name, replicas, version });
  try {
    const result = await context.store.commit(firstCommit(context, desired, options, fingerprint));
    await context.crash('desired-committed', id);
    settleCommit(context, id, tenant, result);
    if (!result.record) throw notFound(id);
    return { record: result.record, created: true, warnings };
  } catch (thrown) {
    const there = isMoorageError(thrown) && thrown.code === 'already_exists' ? thrown.context.deploymentId : undefined;
    if (typeof there !== 'string') throw thrown;
    return takeExisting(context, there, input, { name, tenant, cause: thrown });
  }
}

function firstReplicas({ manifest, scaling }: Version, asked: number | undefined): number {
  if (scaling && asked !== undefined) {
    throw new MoorageError(
      'invalid_argument',
      `Cannot deploy "${manifest.agent_id}": replicas is ${asked}, and runtime.scaling leaves the number to the engine's autoscaler; give one of the two`,
      { operation: 'host.deploy', context: { field: 'replicas', value: asked } },
    );
  }
  return scaling?.min ?? checkReplicas(asked ?? manifest.runtime?.scaling?.min ?? 1);
}

function firstWish(
  context: HostContext,
  asked: {
    readonly id: DeploymentId;
    readonly tenant: string;
    readonly name: string;
    readonly replicas: number;
    readonly version: Version;
  },
): DesiredState {
  const now = context.clock.now();
  const { id, tenant, name, replicas, version } = asked;
  return {
    ...version,
    ...{ id, tenant, name, replicas },
    agentId: version.manifest.agent_id,
    generation: 1,
    parked: false,
    restartEpoch: 0,
    deletedAt: undefined,
    createdAt: now,
    updatedAt: now,
  };
}

function firstCommit(context: HostContext, desired: DesiredState, options: DeployOptions, fingerprint: string): Commit {
  const { id, tenant, agentId, name, replicas, templateHash, createdAt } = desired;
  const actor = options.actor ?? 'operator';
  const cause = `asked for by ${actor}`;
  const key = options.idempotencyKey;
  return {
    deploymentId: id,
    expectedRevision: 'absent',
    desired,
    status: initialStatus(createdAt),
    address: { id: `a-${context.random.id(16)}`, ports: context.frontDoor.needsPort ? context.ports : undefined },
    quota: context.quotaOf(tenant),
    events: [
      {
        type: 'deployment-created',
        ...{ deploymentId: id, tenant, agentId },
        message: `Deployed by ${actor}`,
        data: { generation: 1, replicas },
      },
    ],
    audit: [{ actor, action: 'deploy', cause, details: { name, replicas, templateHash } }],
    ...(key === undefined ? {} : { idempotency: { tenant, key, fingerprint, deploymentId: id, createdAt } }),
  };
}

/** The tenant has a deployment of this name: the same template is that one, another is refused. */
async function takeExisting(
  context: HostContext,
  id: DeploymentId,
  input: unknown,
  asked: { readonly name: string; readonly tenant: string; readonly cause: unknown },
): Promise<Deployed> {
  const { name, tenant, cause } = asked;
  const record = await context.store.read(id);
  if (!record || record.desired.deletedAt !== undefined) {
    throw new MoorageError('conflict', `Deployment "${name}" was removed at this moment: try again`, { cause });
  }
  const { version, warnings } = versionOf(context, input, id, record.desired);
  if (version.templateHash !== record.desired.templateHash) {
    const wayOut = `PUT /v1/containers/${id}`;
    throw new MoorageError(
      'already_exists',
      `Cannot deploy "${name}": ${tenant} has it already in another version (${id}); update it (${wayOut}), or deploy under another name`,
      { operation: 'host.deploy', context: { deploymentId: id, name, way_out: wayOut }, cause },
    );
  }
  context.cache.put(record);
  context.enqueue(id, tenant);
  return { record, created: false, warnings };
}

/** The deployment that an earlier request with this key made. */
async function sameRequest(
  context: HostContext,
  tenant: string,
  key: string | undefined,
  fingerprint: string,
): Promise<DeploymentRecord | undefined> {
  if (key === undefined) return undefined;
  checkText('idempotencyKey', key);
  const earlier = await context.store.findIdempotent(tenant, key);
  if (!earlier) return undefined;
  if (earlier.fingerprint !== fingerprint) {
    throw new MoorageError(
      'conflict',
      'Cannot use the idempotency key: another request used it before; take a new key for a new request',
      { operation: 'host.deploy', retryable: false, context: { field: 'idempotencyKey' } },
    );
  }
  const record = await context.store.read(earlier.deploymentId);
  if (!record) throw notFound(earlier.deploymentId);
  return record;
}

function checkText(field: string, value: unknown): string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= maxNameLength && !value.includes('\0')) {
    return value;
  }
  throw new MoorageError(
    'invalid_argument',
    `Cannot deploy: ${field} must be a text of 1 to ${maxNameLength} characters without NUL`,
    { operation: 'host.deploy', context: { field, limit: maxNameLength } },
  );
}

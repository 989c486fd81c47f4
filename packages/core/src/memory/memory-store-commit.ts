import type { MoorageError } from '@moorage/protocol/base';
import { linkAudit } from '../decide/audit-hash.js';
import { checkCommit } from '../decide/check-commit.js';
import { checkQuota } from '../decide/check-quota.js';
import {
  absentRecord,
  fenceConflict,
  idempotencyKeyUsed,
  nameTaken,
  noPortFree,
  revisionConflict,
  tenantChanged,
} from '../decide/commit-errors.js';
import { initialStatus } from '../decide/initial-status.js';
import { pickPort } from '../decide/pick-port.js';
import { quotaUseOf } from '../decide/quota-use-of.js';
import { shardOf } from '../decide/shard-of.js';
import { cleanText } from '../decide/stored-text.js';
import type { AddressRecord, DeploymentRecord, DesiredState } from '../model/deployment.js';
import type { HostEvent } from '../model/events.js';
import type { QuotaUse } from '../model/quota.js';
import type { AddressClaim, Commit, CommitResult } from '../ports/store.js';
import {
  append,
  cursorAt,
  cutEvents,
  latestPosition,
  type MemoryStoreState,
  pairKey,
  type StoredDeployment,
} from './memory-store-state.js';

const nothing: QuotaUse = { instances: 0, cpuMillis: 0, memoryBytes: 0 };

/** Carries one commit out, or throws and leaves everything as it was: all checks come before the first write. */
export function commitToMemory(state: MemoryStoreState, commit: Commit): CommitResult {
  checkCommit(commit);
  const stored = state.deployments.get(commit.deploymentId);
  const refusal = refusalOf(state, commit, stored);
  if (refusal !== undefined) throw refusal;
  const port = portFor(state, commit);

  const at = state.clock.now();
  const revision = (stored?.record.revision ?? 0) + 1;
  const record = commit.drop ? undefined : nextRecord(commit, stored?.record, revision, port, at);
  writeRecord(state, commit.deploymentId, stored, record);
  const events = writeEvents(state, commit, at);
  writeAudit(state, commit, at);
  if (commit.scaling?.length) {
    const rows = commit.scaling.map((row) => ({ ...row, reason: cleanText(row.reason) }));
    append(state.scaling, commit.deploymentId, rows);
  }
  for (const incident of commit.incidents ?? []) {
    if (!state.incidents.some((known) => known.id === incident.id)) state.incidents.push(incident);
  }
  if (state.incidents.length > state.limits.incidents) {
    state.incidents = state.incidents.slice(-state.limits.incidents);
  }
  if (commit.idempotency) {
    state.idempotency.set(pairKey(commit.idempotency.tenant, commit.idempotency.key), commit.idempotency);
  }
  return { revision, record, events };
}

function refusalOf(
  state: MemoryStoreState,
  commit: Commit,
  stored: StoredDeployment | undefined,
): MoorageError | undefined {
  const { deploymentId, expectedRevision, fence, idempotency, desired } = commit;
  if (expectedRevision === 'absent') {
    if (stored) return revisionConflict(deploymentId, 'absent', stored.record.revision);
    if (state.dropped.has(deploymentId)) return revisionConflict(deploymentId, 'absent', 0);
  } else {
    if (!stored) return absentRecord(deploymentId);
    if (stored.record.revision !== expectedRevision) {
      return revisionConflict(deploymentId, expectedRevision, stored.record.revision);
    }
  }
  if (fence) {
    const lease = state.leases[fence.shard];
    if (lease?.token !== fence.token || lease.holder !== fence.holder) {
      return fenceConflict(fence, lease?.token ?? 0, lease?.holder);
    }
  }
  const used = idempotency && state.idempotency.get(pairKey(idempotency.tenant, idempotency.key));
  if (idempotency && used) return idempotencyKeyUsed(idempotency, used.deploymentId);
  return desired && refusalOfDesired(state, commit, desired, stored?.record.desired);
}

function refusalOfDesired(
  state: MemoryStoreState,
  commit: Commit,
  desired: DesiredState,
  before: DesiredState | undefined,
): MoorageError | undefined {
  if (before && before.tenant !== desired.tenant) return tenantChanged(desired.id, before.tenant, desired.tenant);
  const holder = desired.deletedAt === undefined && state.names.get(pairKey(desired.tenant, desired.name));
  if (holder && holder !== desired.id) return nameTaken(desired.tenant, desired.name, holder);
  const held = before ? quotaUseOf(before) : nothing;
  const others = add(state.use.get(desired.tenant) ?? nothing, held, -1);
  return checkQuota(commit.quota, others, quotaUseOf(desired), held);
}

/** The port of a new address, or the one that an address moves to. */
function portFor(state: MemoryStoreState, commit: Commit): number | undefined {
  const { address, movePort } = commit;
  if (movePort) return freePort(state, movePort.ports, movePort.avoid);
  return address?.ports && freePort(state, address.ports, []);
}

function freePort(
  state: MemoryStoreState,
  range: NonNullable<AddressClaim['ports']>,
  avoid: readonly number[],
): number {
  const port = pickPort(range, (candidate) => state.ports.has(candidate) || avoid.includes(candidate));
  if (port === undefined) throw noPortFree(range);
  return port;
}

function nextRecord(
  commit: Commit,
  before: DeploymentRecord | undefined,
  revision: number,
  port: number | undefined,
  at: number,
): DeploymentRecord | undefined {
  const desired = commit.desired ?? before?.desired;
  if (!desired) return undefined;
  const status = commit.status ?? before?.status ?? initialStatus(at);
  const address = before ? followAgent(before.address, desired) : newAddress(commit, desired, port, at);
  return { desired, status, address: before && commit.movePort ? { ...address, port } : address, revision };
}

function newAddress(commit: Commit, desired: DesiredState, port: number | undefined, at: number): AddressRecord {
  const { id: deploymentId, tenant, agentId } = desired;
  return { id: commit.address?.id ?? '', tenant, agentId, deploymentId, port, createdAt: at };
}

/** An address stays when its deployment becomes another agent's. */
function followAgent(address: AddressRecord, desired: DesiredState): AddressRecord {
  return address.agentId === desired.agentId ? address : { ...address, agentId: desired.agentId };
}

function writeRecord(
  state: MemoryStoreState,
  id: string,
  stored: StoredDeployment | undefined,
  record: DeploymentRecord | undefined,
): void {
  const before = stored?.record;
  if (before?.desired !== record?.desired) moveClaims(state, before?.desired, record?.desired);
  if (!record) {
    if (before?.address.port !== undefined) state.ports.delete(before.address.port);
    state.deployments.delete(id);
    state.dropped.add(id);
    return;
  }
  if (stored) {
    stored.record = record;
    if (before?.address.port === record.address.port) return;
    if (before?.address.port !== undefined) state.ports.delete(before.address.port);
    if (record.address.port !== undefined) state.ports.add(record.address.port);
    return;
  }
  if (record.address.port !== undefined) state.ports.add(record.address.port);
  state.deploymentSequence += 1;
  state.deployments.set(id, { sequence: state.deploymentSequence, shard: shardOf(id), record });
}

/** Name and quota follow the wish; a wish to be deleted holds neither. */
function moveClaims(state: MemoryStoreState, before: DesiredState | undefined, after: DesiredState | undefined): void {
  for (const [desired, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (!desired || desired.deletedAt !== undefined) continue;
    const name = pairKey(desired.tenant, desired.name);
    if (sign > 0) state.names.set(name, desired.id);
    else state.names.delete(name);
    const use = add(state.use.get(desired.tenant) ?? nothing, quotaUseOf(desired), sign);
    if (use.instances === 0 && use.cpuMillis === 0 && use.memoryBytes === 0) state.use.delete(desired.tenant);
    else state.use.set(desired.tenant, use);
  }
}

function writeEvents(state: MemoryStoreState, commit: Commit, at: number): readonly HostEvent[] {
  let position = latestPosition(state.events);
  const events = commit.events.map((event) => {
    position += 1;
    const { type, deploymentId, tenant, agentId, message, data } = event;
    return { type, deploymentId, tenant, agentId, message, data: { ...data }, cursor: cursorAt(position), at };
  });
  state.events.items.push(...events);
  // Cut in large pieces, so that a full log costs no copy with each commit.
  const excess = state.events.items.length - state.limits.events;
  if (excess > state.limits.events / 4) cutEvents(state.events, excess);
  return events;
}

function writeAudit(state: MemoryStoreState, commit: Commit, at: number): void {
  const chain = state.audit.get(commit.deploymentId) ?? [];
  for (const entry of commit.audit) {
    chain.push(linkAudit(chain.at(-1), commit.deploymentId, { ...entry, details: { ...entry.details } }, at));
  }
  if (chain.length > 0) state.audit.set(commit.deploymentId, chain);
}

function add(use: QuotaUse, more: QuotaUse, sign: 1 | -1): QuotaUse {
  return {
    instances: use.instances + sign * more.instances,
    cpuMillis: use.cpuMillis + sign * more.cpuMillis,
    memoryBytes: use.memoryBytes + sign * more.memoryBytes,
  };
}

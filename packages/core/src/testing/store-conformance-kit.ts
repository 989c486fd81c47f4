import assert from 'node:assert/strict';
import { type ErrorCode, isMoorageError, type MoorageError } from '@moorage/protocol/base';
import { shardOf } from '../decide/shard-of.js';
import type { DesiredState } from '../model/deployment.js';
import type { NewAudit, NewEvent } from '../model/events.js';
import type { Template } from '../model/template.js';
import type { Commit, CommitResult, Fence, Store } from '../ports/store.js';

/** What one case of the suite works with. Every store it opens is closed after it. */
export interface StoreKit {
  /** A store that holds nothing yet. */
  store(): Promise<Store>;
  /** Two handles on the same empty data, as two host processes have them. */
  pair(): Promise<readonly [Store, Store]>;
  /** The store that this one's data gives after a restart; undefined where that cannot be tried. */
  readonly reopen: ((store: Store) => Promise<Store>) | undefined;
  /** Lets the store's clock move on by at least so much. */
  advance(ms: number): Promise<void>;
}

export interface StoreCase {
  readonly name: string;
  /** The case makes sense only where a store can be opened again. */
  readonly needsReopen?: boolean;
  run(kit: StoreKit): Promise<void>;
}

let made = 0;

/** An id that no other case has. */
export function freshId(prefix = 'd'): string {
  made += 1;
  return `${prefix}-${made.toString(32).padStart(16, '0')}`;
}

export const sampleTemplate: Template = {
  agentId: 'agent.sample',
  source: { kind: 'image', image: 'sample:1' },
  command: undefined,
  env: [{ name: 'GREETING', value: 'hello' }],
  port: 8080,
  healthPath: '/health',
  resources: { cpuMillis: 250, memoryBytes: 64_000_000, diskBytes: undefined, pids: undefined },
  user: '65534:65534',
  readOnlyRoot: true,
  isolated: false,
  egress: 'internet',
  peers: [],
  volumes: [],
  graceMs: 10_000,
};

/** A wish; its name is its id, so that two samples never meet. */
export function sampleDesired(overrides: Partial<DesiredState> = {}): DesiredState {
  const id = overrides.id ?? freshId();
  return {
    id,
    tenant: 'tenant-a',
    agentId: 'agent.sample',
    name: id,
    manifest: { agent_id: 'agent.sample', name: 'Sample', version: '1.0.0' },
    generation: 1,
    template: sampleTemplate,
    templateHash: '0123456789abcdef',
    health: {
      path: '/health',
      intervalMs: 10_000,
      timeoutMs: 2_000,
      failureThreshold: 3,
      successThreshold: 1,
      startPeriodMs: 30_000,
      degradedLatencyMs: undefined,
      degradedLoad: undefined,
    },
    rolloutDeadlineMs: 300_000,
    replicas: 1,
    parked: false,
    restartEpoch: 0,
    deletedAt: undefined,
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    ...overrides,
  };
}

export function sampleEvent(desired: DesiredState, message: string): NewEvent {
  const { id: deploymentId, tenant, agentId } = desired;
  return { type: 'deployment-updated', deploymentId, tenant, agentId, message, data: { message } };
}

export function sampleAudit(action: string, details: NewAudit['details'] = {}): NewAudit {
  return { actor: 'operator', action, cause: 'the suite asked for it', details };
}

/** The commit that makes a deployment, with one event and one audit record. */
export function creation(desired: DesiredState, overrides: Partial<Commit> = {}): Commit {
  return {
    deploymentId: desired.id,
    expectedRevision: 'absent',
    desired,
    address: { id: `a-${desired.id}`, ports: undefined },
    events: [sampleEvent(desired, 'created')],
    audit: [sampleAudit('deploy')],
    ...overrides,
  };
}

export function create(store: Store, desired: DesiredState, overrides: Partial<Commit> = {}): Promise<CommitResult> {
  return store.commit(creation(desired, overrides));
}

/** A commit of a new wish on top of a revision. */
export function change(desired: DesiredState, expectedRevision: number, overrides: Partial<Commit> = {}): Commit {
  return { deploymentId: desired.id, expectedRevision, desired, events: [], audit: [], ...overrides };
}

/** The fence of a deployment's shard, held by `holder`. */
export async function fenceFor(store: Store, deploymentId: string, holder = 'host-a', ttlMs = 600_000): Promise<Fence> {
  const [fence] = await store.acquireLeases(holder, [shardOf(deploymentId)], ttlMs);
  assert.ok(fence, `the lease of "${deploymentId}" is free`);
  return fence;
}

/** Drops a deployment. */
export async function drop(store: Store, deploymentId: string, expectedRevision: number): Promise<void> {
  const fence = await fenceFor(store, deploymentId);
  await store.commit({ deploymentId, expectedRevision, fence, drop: true, events: [], audit: [] });
}

/** Waits for the refusal and gives it back. */
export async function refused(call: Promise<unknown>, code: ErrorCode): Promise<MoorageError> {
  const outcome = await call.then(
    () => undefined,
    (thrown: unknown) => ({ thrown }),
  );
  assert.ok(outcome, `expected a refusal with code ${code}, and it was accepted`);
  const { thrown } = outcome;
  assert.ok(isMoorageError(thrown), `expected a MoorageError, got ${String(thrown)}`);
  assert.equal(thrown.code, code, `expected ${code}, got ${thrown.code}: ${thrown.message}`);
  assert.ok(thrown.message.length > 10, 'the message tells something');
  return thrown;
}

/** How a set of racing calls went: what was accepted, and the codes of what was not. */
export async function raced<T>(
  calls: readonly Promise<T>[],
): Promise<{ readonly won: readonly T[]; readonly codes: readonly string[] }> {
  const settled = await Promise.allSettled(calls);
  const won = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const codes = settled.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [];
    assert.ok(isMoorageError(outcome.reason), `expected a MoorageError, got ${String(outcome.reason)}`);
    return [outcome.reason.code];
  });
  return { won, codes };
}

/** Reads all pages of a list. */
export async function allPages<T>(
  read: (after: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next: string | undefined }>,
): Promise<T[]> {
  const found: T[] = [];
  let after: string | undefined;
  do {
    const page = await read(after);
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** Without what JSON cannot carry, so that an absent key equals an undefined one. */
export function plain<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

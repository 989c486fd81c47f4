import { shardOf } from '../../decide/shard-of.js';
import type { DesiredState } from '../../model/deployment.js';
import type { InstanceSpec } from '../../model/instance.js';
import type { Workload } from '../../ports/driver.js';
import type { Commit, CommitResult, Fence } from '../../ports/store.js';
import { createCommitRules } from './commit-rules.js';
import { type CallWatcher, type SimCall, signalOf } from './disturb.js';
import type { Life } from './life.js';
import type { SimWorld } from './sim-world.js';
import type { Wishes } from './wishes.js';

/** A call that began this long after another host took the shard over was not under way then. */
const oneCallMs = 1_000;
/** Longest time from a commit to its answer, in a host that is not frozen meanwhile. */
const longestAnswerMs = 2_000;
const sameMomentMs = 50;

/**
 * Every promise that shows in a single call of a host: who may make it, on what, and what has to be written down
 * before.
 */
export interface CallRules extends CallWatcher {
  forget(): void;
}

export function createCallRules(world: SimWorld, wishes: Wishes): CallRules {
  const commits = createCommitRules(world);
  const leases = createLeaseBook(world);
  return {
    forget: commits.forget,
    begins(call) {
      const id = call.kind === 'driver' && changes.has(call.key) ? deploymentOf(call.args) : undefined;
      if (id === undefined) return;
      leases.check(call, id);
      checkKnown(world, call, id);
      if (world.level === 'container') checkWritten(world, call, id, commits.isAudited);
      checkTarget(world, wishes, call, id);
      if (call.key === 'apply') checkNews(world, wishes, call, leases.gotAtMs(call.life, shardOf(id)));
    },
    done(call, result) {
      if (call.key === 'commit') {
        const [commit] = call.args as [Commit];
        const written = result as CommitResult;
        if (commit.expectedRevision === 'absent') world.deployed += 1;
        leases.checkCommit(call, commit);
        commits.done(call.life, commit, wishes.latest(commit.deploymentId));
        wishes.committed(commit.deploymentId, written.record);
      } else if (call.key === 'acquireLeases') leases.taken(call, result as readonly Fence[]);
      else if (call.key === 'list' && call.kind === 'driver') return look(world, call, result);
      else if (call.key === 'describe') return look(world, call, result);
      else if (call.key === 'create' || call.key === 'apply') {
        // Under way when a backup came back: of this attempt the store of now knows nothing, so it may come again.
        if (call.key === 'create' && call.era !== world.era) world.mayReturn.add(nameOf(call.args));
        leases.effect(call, deploymentOf(call.args) ?? '');
      }
      return result;
    },
    answered(call) {
      if (call.key === 'commit' && call.wentWell) {
        const [commit] = call.args as [Commit];
        noteRollback(world, call.life, commit);
        commits.answered(call.life, commit);
      }
      if (call.key === 'acquireLeases' && call.wentWell) leases.told(call);
      if (call.wentWell) noteLook(call);
      if (call.kind !== 'driver' || !changes.has(call.key) || signalOf(call.args)?.aborted) return;
      const id = deploymentOf(call.args);
      if (id !== undefined) call.life.actedMs.set(id, world.clock.monotonic());
    },
  };
}

/** Only an answer tells the host that its roll-back is written. */
function noteRollback({ clock }: SimWorld, life: Life, { deploymentId, status }: Commit): void {
  if (status === undefined) return;
  if (status.failedHash === undefined) life.rolledBackMs.delete(deploymentId);
  else if (!life.rolledBackMs.has(deploymentId)) life.rolledBackMs.set(deploymentId, clock.monotonic());
}

const changes = new Set(['create', 'remove', 'park', 'unpark', 'apply', 'deleteWorkload']);

/** `moor-<deployment>-…` for calls by name; the deployment itself for the others. */
function deploymentOf(args: readonly unknown[]): string | undefined {
  const [first] = args;
  if (typeof first !== 'string') return (first as { readonly deploymentId?: string } | undefined)?.deploymentId;
  const [prefix, kind, id] = first.split('-');
  return prefix === 'moor' ? `${kind}-${id}` : first;
}

function look(world: SimWorld, call: SimCall, result: unknown): unknown {
  const { shown, stale } = world.looks.pass(result as Parameters<SimWorld['looks']['pass']>[0]);
  call.staleLook = stale;
  return shown;
}

/** What a look has shown counts once the host has its answer. */
function noteLook({ life, beganMs, staleLook }: SimCall): void {
  if (staleLook === undefined) return;
  life.lookBeganMs = beganMs;
  life.lookWasStale = staleLook;
  life.hadStaleLook ||= staleLook;
}

/** Who holds which shard since when, as the store gave it: what a call is measured by. */
function createLeaseBook(world: SimWorld) {
  const since = new Map<number, { readonly token: number; readonly holder: string; readonly atMs: number }>();
  const tokens = new WeakMap<SimCall, number | undefined>();
  const results = new WeakMap<SimCall, readonly Fence[]>();
  return {
    told(call: SimCall) {
      const [, shards, ttlMs] = call.args as [string, readonly number[], number];
      if (ttlMs > 0) {
        call.life.fences = new Map((results.get(call) ?? []).map(({ shard, token }) => [shard, token]));
        return;
      }
      // For no time at all: it lets these go.
      const kept = new Map(call.life.fences);
      for (const shard of shards) kept.delete(shard);
      call.life.fences = kept;
    },
    taken(call: SimCall, fences: readonly Fence[]) {
      results.set(call, fences);
      for (const { shard, token, holder } of fences) {
        const known = since.get(shard);
        if (known?.token === token && known.holder === holder) continue;
        since.set(shard, { token, holder, atMs: world.clock.monotonic() });
      }
    },
    /** Since when this host has the shard, as far as it knows. */
    gotAtMs(life: Life, shard: number): number | undefined {
      const lease = since.get(shard);
      return lease !== undefined && lease.token === life.fences.get(shard) ? lease.atMs : undefined;
    },
    check(call: SimCall, id: string) {
      const lease = since.get(shardOf(id));
      tokens.set(call, lease?.token);
      const { clock, store } = world;
      const live = (store.inside.leases[shardOf(id)]?.expiresAt ?? 0) > clock.monotonic();
      if (!lease || !live || lease.holder === call.life.name || clock.monotonic() - lease.atMs < oneCallMs) return;
      world.report(
        'I1',
        `${call.life.name} calls ${call.key} for ${id}, which ${lease.holder} has had for ${Math.round(clock.monotonic() - lease.atMs)} ms`,
      );
    },
    /** The store itself has to refuse the right of before, however late the commit comes. */
    checkCommit({ life }: SimCall, { deploymentId, fence }: Commit) {
      const lease = fence && since.get(fence.shard);
      if (!lease || lease.token <= fence.token || world.clock.monotonic() - lease.atMs < 1) return;
      world.report('I1', `${life.name} writes ${deploymentId} by the right of before: ${lease.holder} has it now`);
    },
    /** An instance that a call of before the change of hands made, or one that was given up, is one too many. */
    effect(call: SimCall, id: string) {
      const handedOver = since.get(shardOf(id))?.token !== tokens.get(call);
      if (call.ghost || handedOver || call.life.over || signalOf(call.args)?.aborted) world.slack.add(id, 1);
    },
  };
}

/** I2: what the store never heard of is left alone. */
function checkKnown(world: SimWorld, call: SimCall, id: string): void {
  const { inside } = world.store;
  if (inside.deployments.has(id) || inside.audit.get(id)?.at(-1)?.action === 'drop') return;
  world.report('I2', `${call.life.name} calls ${call.key} for ${id}, which the store never heard of`);
}

/** I11 and I6: written down before it is done, attempt included. */
function checkWritten(
  world: SimWorld,
  call: SimCall,
  id: string,
  isAudited: (action: string, instance: string) => boolean,
): void {
  const record = world.store.inside.deployments.get(id)?.record;
  // What is being deleted is purged by name, whether it is there or not.
  if (!record || record.desired.deletedAt !== undefined) return;
  const name = nameOf(call.args);
  if (!isAudited(`${call.key}-instance`, name)) {
    world.report('I11', `${call.life.name} calls ${call.key} for ${name}, of which no record was written`);
  }
  if (call.key !== 'create') return;
  const { ordinal, attempt } = call.args[0] as InstanceSpec;
  const committed = record.status.slots.find((slot) => slot.ordinal === ordinal)?.attempt ?? 0;
  if (committed < attempt)
    world.report('I6', `${name} is made, and attempt ${committed} is the last that was committed`);
}

function nameOf(args: readonly unknown[]): string {
  const [first] = args;
  return typeof first === 'string' ? first : (first as { readonly name: string }).name;
}

/** I7: only a version is made that was wanted a moment ago, and none that has just been given up. */
function checkTarget(world: SimWorld, wishes: Wishes, call: SimCall, id: string): void {
  if (call.key !== 'create' && call.key !== 'apply') return;
  const { templateHash, restartEpoch } = call.args[0] as InstanceSpec | Workload;
  const record = world.store.inside.deployments.get(id)?.record;
  if (!record) return;
  if (!wishes.isWanted(id, templateHash)) {
    world.report('I7', `${call.life.name} makes version ${templateHash} of ${id}, which nobody has wanted for a while`);
  }
  if (call.key === 'apply') {
    checkStated(world, wishes, call, id);
    if (call.life.blindPlans.has(id)) world.report('I5', `${call.life.name} states ${id} by a look that is too old`);
  }
  const { desired, status } = record;
  const given = status.failedHash === templateHash && desired.templateHash === templateHash && status.lastReady;
  const now = world.clock.monotonic();
  const sinceMs = wishes.givenUpMs(id) ?? now;
  const toldMs = call.life.rolledBackMs.get(id) ?? Number.NEGATIVE_INFINITY;
  // Until it is told, its host may not have heard that the roll-back is written.
  const knownMs =
    toldMs >= sinceMs ? toldMs + sameMomentMs : Math.max(sinceMs, call.life.frozenUntil) + longestAnswerMs;
  if (!given || now < knownMs) return;
  if (status.observedRestartEpoch === desired.restartEpoch && restartEpoch === desired.restartEpoch) {
    world.report('I1', `${call.life.name} makes version ${templateHash} of ${id} again, which was rolled back`);
  }
}

/** I1 and I7: what an orchestrator is told was the wish a moment ago, in number or range and in generation. */
function checkStated(world: SimWorld, wishes: Wishes, { life, args }: SimCall, id: string): void {
  const { generation, replicas } = args[0] as Workload;
  const recent = wishes.recent(id);
  if (generation < (recent[0]?.generation ?? 0)) {
    world.report('I7', `${life.name} states generation ${generation} of ${id} again`);
  }
  if (!recent.some((desired) => isWishOf(desired, replicas))) {
    world.report('I1', `${life.name} asks for ${JSON.stringify(replicas)} instances of ${id}, which nobody wants`);
  }
}

/** I7: what a host got along with the right to act is the least that it knows. */
function checkNews({ report }: SimWorld, wishes: Wishes, { life, args }: SimCall, gotAtMs: number | undefined): void {
  const { deploymentId, generation } = args[0] as Workload;
  const known = gotAtMs === undefined ? undefined : wishes.generationBefore(deploymentId, gotAtMs);
  if (known !== undefined && generation < known) {
    report('I7', `${life.name} states generation ${generation} of ${deploymentId}, and got it at generation ${known}`);
  }
}

function isWishOf({ parked, scaling, replicas }: DesiredState, stated: Workload['replicas']): boolean {
  if (!('fixed' in stated)) return parked === false && scaling?.min === stated.min && scaling.max === stated.max;
  return parked === false ? scaling === undefined && stated.fixed === replicas : stated.fixed === 0;
}

import type { DeploymentRecord, DeploymentStatus } from '../../model/deployment.js';
import type { Commit } from '../../ports/store.js';
import { rolloutDeadlineMs } from './agents.js';
import type { Life } from './life.js';
import type { SimWorld } from './sim-world.js';
import { createStatusRules } from './status-rules.js';

/** What every commit that was carried out has to keep to. */
export interface CommitRules {
  /** `before`: the record as it stood until then. */
  done(life: Life, commit: Commit, before: DeploymentRecord | undefined): void;
  /** The host was told that it is written. */
  answered(life: Life, commit: Commit): void;
  /** An action of the host on this instance was written down before. */
  isAudited(action: string, instance: string): boolean;
  /** A backup has come back: what was written since is gone. */
  forget(): void;
}

export function createCommitRules(world: SimWorld): CommitRules {
  const audited = new Set<string>();
  const backoffs = createBackoffs(world);
  const statuses = createStatusRules(world);
  const rollouts = new Map<string, { readonly life: Life; readonly atMs: number; readonly hash: string }>();

  const rolledBack = (life: Life, commit: Commit) => {
    // An orchestrator measures its deadline itself.
    if (world.level === 'workload') return;
    const begun = rollouts.get(commit.deploymentId);
    const late = commit.events.find(
      ({ type, message }) => type === 'rollout-rolled-back' && message.includes('not ready within'),
    );
    if (!late || !begun || begun.life !== life || commit.status?.failedHash !== begun.hash) return;
    const tookMs = plannedMs(life, commit) - begun.atMs;
    if (tookMs < rolloutDeadlineMs - sameMomentMs)
      world.report('I9', `${commit.deploymentId} is rolled back after ${Math.round(tookMs)} ms: ${late.message}`);
  };

  const noteRollout = (life: Life, commit: Commit, before: DeploymentStatus | undefined) => {
    const { deploymentId, status } = commit;
    if (!status) return;
    const { rollout } = status;
    if (!rollout) rollouts.delete(deploymentId);
    else if (rollout.startedAt !== before?.rollout?.startedAt) {
      rollouts.set(deploymentId, { life, atMs: plannedMs(life, commit), hash: rollout.hash });
    }
  };

  return {
    done(life, commit, before) {
      const id = commit.deploymentId;
      checkAudit(world, commit, before);
      for (const { action, details } of commit.audit) {
        if (typeof details.instance === 'string') audited.add(`${action} ${details.instance}`);
      }
      if (actsOnEngine(commit) && life.blindPlans.has(id)) {
        world.report('I5', `${life.name} acts on ${id} by a look that is older than what it did before, or by none`);
      }
      checkParked(world, commit, before);
      checkEvidence(world, life, commit);
      statuses.check(commit, before);
      if (commit.drop) checkDrop(world, life, id);
      if (commit.status) backoffs.check(life, commit, before?.status, commit.status);
      rolledBack(life, commit);
      noteRollout(life, commit, before?.status);
    },
    answered: statuses.answered,
    isAudited: (action, instance) => audited.has(`${action} ${instance}`),
    forget() {
      backoffs.forget();
      statuses.forget();
      rollouts.clear();
    },
  };
}

function actsOnEngine(commit: Commit): boolean {
  return commit.audit.some(({ action }) => action.endsWith('-instance'));
}

/** I11: a change of the wish and the end each have their record. */
function checkAudit(world: SimWorld, commit: Commit, before: DeploymentRecord | undefined): void {
  const { deploymentId: id, desired, audit, events } = commit;
  const actions = audit.map((entry) => entry.action);
  if (
    desired &&
    desired !== before?.desired &&
    actions.filter((action) => !action.endsWith('-instance')).length !== 1
  ) {
    world.report('I11', `The wish of ${id} changes with the records [${actions.join(', ')}]`);
  }
  if (desired && before && desired !== before.desired && desired.generation !== before.desired.generation + 1) {
    world.report(
      'I7',
      `The wish of ${id} changes, and its generation goes from ${before.desired.generation} to ${desired.generation}`,
    );
  }
  if (desired && desired !== before?.desired && events.length === 0) {
    world.report('I11', `The wish of ${id} changes without an event`);
  }
  if (commit.drop && !actions.includes('drop')) world.report('I11', `${id} is dropped without a record`);
}

/** Far below what any policy here asks for: one that is lost on the way is no evidence. */
const fewestFailures = 2;

/** I5: what does not answer once is not known to be gone. */
function checkEvidence(world: SimWorld, life: Life, { audit }: Commit): void {
  for (const { action, cause, details } of audit) {
    if (action !== 'remove-instance' || cause !== 'it is unhealthy') continue;
    const failures = life.failedProbes.get(String(details.instance)) ?? 0;
    if (failures < fewestFailures)
      world.report('I5', `${String(details.instance)} is given up after ${failures} probes that failed`);
  }
}

/** I1: an end while it is parked is no crash. */
function checkParked(world: SimWorld, commit: Commit, before: DeploymentRecord | undefined): void {
  if (!before || before.desired.parked === false || before.desired.deletedAt !== undefined || commit.desired) return;
  const incident = commit.incidents?.[0];
  if (incident)
    world.report('I1', `${commit.deploymentId} is parked, and an end counts as a crash: ${incident.message}`);
}

/** I2: a deployment is forgotten only when nothing of it is left. */
function checkDrop(world: SimWorld, life: Life, id: string): void {
  if (life.stalePlans.has(id)) return;
  const left = world.ours().filter(({ spec, madeMs }) => spec.deploymentId === id && madeMs < life.lookBeganMs - 1);
  if (left.length > 0)
    world.report('I2', `${id} is dropped, and ${left.map(({ spec }) => spec.name).join(', ')} is still there`);
}

/** A commit may be under way for long: what decides is when its plan was made. */
const plannedMs = (life: Life, { deploymentId }: Commit): number => life.plannedMs.get(deploymentId) ?? 0;
/** The clock goes on between the parts of one turn. */
const sameMomentMs = 100;

/** When a slot's back-off was set, and by whom. */
interface Backoff {
  readonly life: Life;
  readonly atMs: number;
  readonly retryAt: number;
}

/** I9: within one life the back-off is kept, whatever the wall clock does. */
function createBackoffs(world: SimWorld) {
  const set = new Map<string, Backoff>();
  return {
    forget: () => set.clear(),
    check(life: Life, commit: Commit, before: DeploymentStatus | undefined, after: DeploymentStatus) {
      const id = commit.deploymentId;
      const made = attemptsMade(commit);
      const now = plannedMs(life, commit);
      for (const slot of after.slots) {
        const key = `${id} ${slot.ordinal}`;
        const backoff = set.get(key);
        const last = before?.slots.find((one) => one.ordinal === slot.ordinal);
        if (
          last &&
          slot.failures > last.failures &&
          slot.failures >= 2 &&
          made.has(`${slot.ordinal} ${slot.attempt}`)
        ) {
          world.report('I9', `${id} tries again at once after ${slot.failures} failures`);
        }
        if (backoff?.life === life && last?.failures === slot.failures && made.has(`${slot.ordinal} ${slot.attempt}`)) {
          const shortestMs = 0.75 * Math.min(1_000 * 2 ** (slot.failures - 2), 300_000);
          if (now - backoff.atMs < shortestMs - sameMomentMs) {
            const afterMs = Math.round(now - backoff.atMs);
            world.report('I9', `${id} tries again after ${afterMs} ms and ${slot.failures} failures`);
          }
        }
        if (slot.retryAt === undefined || slot.failures < 2) set.delete(key);
        else if (backoff?.retryAt !== slot.retryAt && last?.retryAt !== slot.retryAt)
          set.set(key, { life, atMs: now, retryAt: slot.retryAt });
      }
    },
  };
}

/** Ordinal and attempt of each instance that this commit is about to make. */
function attemptsMade({ audit }: Commit): ReadonlySet<string> {
  const made = new Set<string>();
  for (const { action, details } of audit) {
    const [, ordinal, attempt] = /-(\d+)-[^-]+-(\d+)$/.exec(String(details.instance)) ?? [];
    if (action === 'create-instance') made.add(`${ordinal} ${attempt}`);
  }
  return made;
}

import type { DeploymentRecord, DeploymentStatus } from '../../model/deployment.js';
import type { Template } from '../../model/template.js';
import type { Commit } from '../../ports/store.js';
import { badVersions } from './agents.js';
import type { Life } from './life.js';
import type { SimWorld } from './sim-world.js';

/** What a status that is written down has to say, beside what it has to keep to: the truth, once, and not too often. */
export interface StatusRules {
  check(commit: Commit, before: DeploymentRecord | undefined): void;
  /** The host was told that it is written. */
  answered(life: Life, commit: Commit): void;
  forget(): void;
}

export function createStatusRules(world: SimWorld): StatusRules {
  const told = new Set<string>();
  const lately = new Map<string, number[]>();
  return {
    check(commit, before) {
      if (world.level === 'container') checkAttempts(world, commit, before?.status, lately);
      if (!commit.status || commit.drop) return;
      checkReady(world, commit.status, commit.desired ?? before?.desired);
      if (before) checkPhase(world, commit, before.status.phase, commit.status.phase);
    },
    answered: (life, commit) => checkIncidents(world, life, commit, told),
    forget() {
      told.clear();
      lately.clear();
    },
  };
}

/** I11: one end, one incident. Only an orchestrator's list tells what had ended: one that lagged makes it seem new. */
function checkIncidents(world: SimWorld, life: Life, { incidents }: Commit, told: Set<string>): void {
  const isExempt = world.level === 'workload' && life.hadStaleLook;
  for (const { instance, reason, message } of incidents ?? []) {
    if (told.has(instance) && !isExempt)
      world.report('I11', `The end of ${instance} is told a second time: ${message}`);
    // A list that lagged left it out, and nobody can tell that from its removal: its own end is still to come.
    const there = world.home.instances.get(instance)?.state;
    const isLeftOut = reason === 'operator' && life.hadStaleLook && there !== undefined && there !== 'removing';
    if (!isLeftOut) told.add(instance);
  }
}

const minuteMs = 60_000;
/** With a back-off there are seven at most; a host that starts under another wall clock may add one. */
const attemptsPerMinute = 15;
/** A restart or another version begins without a back-off, as often as a user asks for it. */
const attemptsPerWish = 7;

/** I9: whatever is counted, an attempt that fails is not followed by others without end. */
function checkAttempts(
  world: SimWorld,
  { deploymentId, audit, status }: Commit,
  before: DeploymentStatus | undefined,
  lately: Map<string, number[]>,
): void {
  const now = world.clock.monotonic();
  const note = (what: string, isNew: boolean) => {
    const recent = (lately.get(what) ?? []).filter((at) => at > now - minuteMs);
    if (isNew) recent.push(now);
    lately.set(what, recent);
    return recent.length;
  };
  const isNewWish = status !== undefined && status.observedGeneration !== before?.observedGeneration;
  const most = attemptsPerMinute + attemptsPerWish * note(deploymentId, isNewWish);
  for (const { action, details } of audit) {
    if (action !== 'create-instance') continue;
    const place = String(details.instance).replace(/-\d+$/, '');
    const count = note(place, true);
    if (count > most) world.report('I9', `${place} is made ${count} times within a minute`);
  }
}

/** I10: a version that never answers well is never called ready. */
function checkReady(world: SimWorld, status: DeploymentStatus, desired: DeploymentRecord['desired'] | undefined): void {
  const { lastReady, phase, failedHash } = status;
  if (lastReady && isBad(lastReady.template)) {
    world.report('I10', `${lastReady.template.agentId} is written down as ready in a version that never is`);
  }
  if (!desired || desired.replicas === 0 || phase !== 'ready' || failedHash === desired.templateHash) return;
  if (isBad(desired.template)) world.report('I10', `${desired.id} is ready in a version that never is`);
}

function isBad({ source }: Template): boolean {
  return source.kind === 'image' && badVersions.has(Number(source.image.split(':')[1]));
}

const toldPhases = new Set(['ready', 'degraded', 'failed', 'parked']);

/** I11: a change of the phase is told once, and only a change is. */
function checkPhase(world: SimWorld, { deploymentId: id, audit, events }: Commit, from: string, to: string): void {
  const records = audit.filter(({ action }) => action === 'phase').length;
  if (records !== (from === to ? 0 : 1)) {
    world.report('I11', `${id} goes from ${from} to ${to} with ${records} records of it`);
  }
  const isTold = events.some(({ type }) => type === `deployment-${to}`);
  if (from !== to && toldPhases.has(to) && !isTold) world.report('I11', `${id} becomes ${to} without an event`);
}

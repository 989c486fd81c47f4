import type { InstanceExit } from '../model/instance.js';
import type { MemoryInside } from './memory-inside.js';
import { makeInstance, removeInstance, startInstance, vanishInstance } from './memory-lifecycle.js';
import { type RolloutStep, rolloutStep } from './memory-rollout.js';
import { instancesOf, isCurrent, isReady, type MemoryWorkload, specOf, wantedOf } from './memory-workload.js';
import { purgeVolumes } from './memory-world.js';

/** What the controller of one workload needs from its cluster. */
export interface Controller {
  readonly inside: MemoryInside;
  /** False once it is gone, or the engine was exchanged. */
  holds(workload: MemoryWorkload): boolean;
  forget(workload: MemoryWorkload): void;
}

const keptEnds = 50;
const firstRetryMs = 1_000;
const longestRetryMs = 300_000;

/** Looks at one workload and takes one step towards its wish. */
export function reconcileWorkload(controller: Controller, workload: MemoryWorkload): void {
  const { inside } = controller;
  if (!controller.holds(workload)) return;
  if (workload.deleting) {
    for (const instance of instancesOf(inside, workload)) {
      removeInstance(inside, inside.world, instance, instance.spec.graceMs, true);
    }
    if (instancesOf(inside, workload).length > 0) return;
    controller.forget(workload);
    purgeVolumes(inside.world, workload.wish.owner, workload.wish.deploymentId);
    return;
  }
  collectEnded(inside, workload);
  const live = instancesOf(inside, workload).filter(({ state }) => state !== 'removing');
  const step = rolloutStep(
    wantedOf(workload),
    live.map((instance) => ({
      name: instance.spec.name,
      current: isCurrent(workload, instance),
      ready: isReady(inside, instance),
    })),
  );
  for (const instance of live.filter(({ spec }) => step.remove.includes(spec.name))) {
    removeInstance(inside, inside.world, instance, instance.spec.graceMs, false);
  }
  const waitMs = workload.retryAtMs - inside.clock.monotonic();
  if (step.create > 0 && inside.timed && waitMs > 0) lookAgain(controller, workload, waitMs);
  else for (let made = 0; made < step.create && makeReplica(controller, workload); made += 1);
  judge(inside, workload, step);
}

/** Without a clock nothing happens by itself: a crash loop would never let go of the microtask queue. */
export function lookAgain(controller: Controller, workload: MemoryWorkload, delayMs: number): void {
  if (!controller.inside.timed) return;
  workload.cancelLook();
  workload.cancelLook = controller.inside.clock.setTimer(delayMs, () => reconcileWorkload(controller, workload));
}

/** A new template or epoch: its deadline starts now. */
export function beginRollout(controller: Controller, workload: MemoryWorkload): void {
  const { inside } = controller;
  workload.rollout = 'progressing';
  workload.rolloutStartedMs = inside.clock.monotonic();
  workload.failures = 0;
  workload.retryAtMs = 0;
  workload.cause = undefined;
  // A timer of its own: the next look may be cancelled, the deadline may not.
  if (inside.timed) {
    inside.clock.setTimer(workload.wish.rolloutDeadlineMs, () => reconcileWorkload(controller, workload));
  }
}

/** A copy that ended is written down, taken away, and made anew after a growing pause. */
function collectEnded(inside: MemoryInside, workload: MemoryWorkload): void {
  for (const instance of instancesOf(inside, workload)) {
    if (instance.state !== 'exited' || !instance.exit) continue;
    const end = { name: instance.spec.name, exit: { ...instance.exit } };
    workload.ended = [...workload.ended.slice(1 - keptEnds), end];
    workload.cause = `Instance "${instance.spec.name}" ended: ${wordsOf(instance.exit)}`;
    backOff(inside, workload);
    vanishInstance(inside, inside.world, instance);
  }
}

function backOff({ clock }: MemoryInside, workload: MemoryWorkload): void {
  const { failures } = workload;
  const delayMs = failures === 0 ? 0 : Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1));
  workload.failures += 1;
  workload.retryAtMs = clock.monotonic() + delayMs;
}

/** False when the engine refused it. */
function makeReplica(controller: Controller, workload: MemoryWorkload): boolean {
  const { inside } = controller;
  const taken = new Set(instancesOf(inside, workload).map(({ spec }) => spec.ordinal));
  let ordinal = 0;
  while (taken.has(ordinal)) ordinal += 1;
  workload.attempt += 1;
  const spec = specOf(workload.wish, ordinal, workload.attempt);
  const { createError, startDelayMs, healthyAfterMs } = inside.behaviourOf(spec);
  if (createError || inside.world.instances.size >= inside.room) {
    workload.cause = createError?.message ?? 'Unschedulable: the memory engine is full';
    backOff(inside, workload);
    lookAgain(controller, workload, Math.max(firstRetryMs, workload.retryAtMs - inside.clock.monotonic()));
    return false;
  }
  const instance = makeInstance(inside, inside.world, spec);
  const start = (): void => {
    if (instance.state !== 'creating') return;
    startInstance(inside, instance);
    if (healthyAfterMs > 0) inside.clock.setTimer(healthyAfterMs, () => reconcileWorkload(controller, workload));
  };
  if (startDelayMs > 0) inside.clock.setTimer(startDelayMs, start);
  else start();
  return true;
}

function judge({ clock }: MemoryInside, workload: MemoryWorkload, step: RolloutStep): void {
  if (step.complete) {
    workload.rollout = 'complete';
    workload.cause = undefined;
    workload.failures = 0;
    return;
  }
  const { rolloutDeadlineMs } = workload.wish;
  if (workload.rollout !== 'progressing') return;
  if (clock.monotonic() - workload.rolloutStartedMs < rolloutDeadlineMs) return;
  workload.rollout = 'failed';
  workload.cause ??= `The roll-out was not ready within ${rolloutDeadlineMs} ms`;
}

function wordsOf({ code, signal, oom, message }: InstanceExit): string {
  if (oom) return 'out of memory';
  return message ?? (signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`);
}

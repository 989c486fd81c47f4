import { findUnsettled, type Unsettled } from './settled.js';
import type { SimWorld } from './sim-world.js';

/**
 * Within it all has to be as it was asked for: three resyncs, a lease time, and the reading of the store anew that
 * makes good for a lost hint.
 */
const promptLimitMs = 100_000;
/** What waits for a back-off may take as long as the longest one, and a roll-out its deadline. */
const slowLimitMs = 900_000;
const stepMs = 10_000;

/** I12: stops the faults and waits until all is as it was asked for. */
export async function settle(world: SimWorld, keepHosts: () => void): Promise<void> {
  stopFaults(world);
  const began = world.clock.monotonic();
  let problems: readonly Unsettled[] = [];
  let calm = 0;
  for (let spent = 0; spent < slowLimitMs && calm < 2; spent = world.clock.monotonic() - began) {
    keepHosts();
    await world.clock.advance(stepMs);
    await askHosts(world);
    problems = findUnsettled(world);
    // Twice in a row: a state that only passes by is none.
    calm = problems.length === 0 && world.expectations.every((one) => !one.pending) ? calm + 1 : 0;
    if (spent < promptLimitMs) continue;
    const late = problems.filter((one) => !one.slow);
    if (late.length === 0) continue;
    problems = late;
    break;
  }
  for (const { message } of problems) world.report('I12', message);
}

function stopFaults(world: SimWorld): void {
  world.tally.note('the faults stop');
  world.tally.rate = 0;
  world.crashAt = undefined;
  world.storeDownUntil = 0;
  world.bringBack?.();
  world.engine.start();
  world.engine.capacity(undefined);
  world.home.foreign.clear();
  for (const life of world.alive) Object.assign(life, { frozenUntil: 0, storeCutUntil: 0, engineCutUntil: 0 });
  for (const end of world.hanging) end();
  world.hanging.clear();
}

/** What a host tells of as unknown, in the words of its self-check. */
async function askHosts(world: SimWorld): Promise<void> {
  if (world.era === 0) return;
  for (const one of world.hosts) {
    const asked = one.host.check().then(({ problems }) => {
      one.reported = new Set(problems.flatMap((problem) => /^The engine runs (\S+), which/.exec(problem)?.[1] ?? []));
    });
    asked.catch(() => undefined);
  }
  await world.clock.advance(100);
}

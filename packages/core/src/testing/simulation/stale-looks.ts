import type { Observation, ObservedInstance } from '../../model/instance.js';
import type { WorkloadObservation } from '../../ports/driver.js';
import type { Random } from '../../ports/random.js';
import type { SimWorld } from './sim-world.js';

type Seen = Observation | WorkloadObservation;

export interface StaleLooks {
  /** What a look shows: nearly always the present, seldom an earlier moment. */
  pass(present: Seen): { readonly shown: Seen; readonly stale: boolean };
}

/** Share of looks that show an earlier moment while faults are on. */
const staleRate = 0.012;
const rememberedLooks = 24;
const oldestMs = 20_000;

interface Earlier {
  readonly at: number;
  readonly seen: Seen;
}

/** Every other time one that shows what was half made then, if there is one: what misleads most. */
function chooseEarlier(earlier: readonly Earlier[], random: Random): Earlier | undefined {
  const halfMade = random.next() < 0.5 ? earlier.filter(({ seen }) => instancesIn(seen).some(isHalfMade)) : [];
  const from = halfMade.length > 0 ? halfMade : earlier;
  return from[Math.floor(random.next() * from.length)];
}

const isHalfMade = ({ state }: ObservedInstance) => state === 'creating';

/**
 * An engine's cache that lags: it shows what was so some looks ago. What that may cost is allowed for, where it may.
 */
export function staleLooks(world: SimWorld): StaleLooks {
  const earlier: Earlier[] = [];
  return {
    pass(present) {
      const now = world.clock.monotonic();
      const { random, rate } = world.tally;
      const choice = rate > 0 && random.next() < staleRate ? chooseEarlier(earlier, random) : undefined;
      earlier.push({ at: now, seen: present });
      if (earlier.length > rememberedLooks) earlier.shift();
      if (!choice || now - choice.at > oldestMs || choice.seen.engine !== present.engine)
        return { shown: present, stale: false };
      world.tally.note(`a look shows what was ${Math.round(now - choice.at)} ms ago`);
      allow(world, choice.seen, present);
      return { shown: choice.seen, stale: true };
    },
  };
}

/** What is there and not shown may be made once more; so may what is shown half made, and was finished and is gone. */
function allow(world: SimWorld, shown: Seen, present: Seen): void {
  const names = new Set(instancesIn(shown).map((one) => one.name));
  const there = new Set(instancesIn(present).map((one) => one.name));
  for (const one of instancesIn(shown)) {
    if (one.state === 'creating' && !there.has(one.name) && !isKnownToBeOver(world, one)) world.mayReturn.add(one.name);
  }
  for (const one of instancesIn(present)) if (!names.has(one.name)) world.slack.add(one.deploymentId, 1);
}

/** The store tells that this attempt has ended, or was followed by another one: no list makes up for that. */
function isKnownToBeOver({ store }: SimWorld, { deploymentId, name, ordinal, attempt }: ObservedInstance): boolean {
  const slots = store.inside.deployments.get(deploymentId)?.record.status.slots ?? [];
  return slots.some((slot) => slot.ordinal === ordinal && (slot.lastEnded === name || attempt < slot.attempt));
}

function instancesIn(seen: Seen): readonly ObservedInstance[] {
  return 'instances' in seen ? seen.instances : seen.workloads.flatMap((one) => one.instances);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Seen } from './rig.js';
import type { Scene } from './scene.js';

const everyMs = 400;

/** Looks at the engine all the time, past Moorage, and judges what shows at one moment. */
export interface EngineWatch {
  /** Surplus instances that one call per lost lease may cost from now on. */
  allow(surplus: number): void;
  stop(): Promise<void>;
}

/**
 * I1: never more alive than wanted and one for the roll-out; I6: one identity for each name. An orchestrator's
 * instances are its own affair until it is quiet.
 */
export function watchEngine(scene: Scene): EngineWatch {
  const { rig, owner } = scene;
  const identities = new Map<string, string>();
  const surplusSince = new Map<string, number>();
  let counts: ReadonlyMap<string, number> = new Map();
  let allowed = 0;
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      // An engine that is down tells nothing.
      const seen = await rig.look(owner).catch(() => undefined);
      if (seen && !rig.orchestrates) {
        judgeNames(scene, seen, identities);
        counts = judgeCounts(scene, seen, { before: counts, allowed, since: surplusSince });
      }
      await sleep(everyMs);
    }
  };
  const looping = loop();
  return {
    allow(surplus) {
      allowed = surplus;
    },
    async stop() {
      stopped = true;
      await looping;
    },
  };
}

function judgeNames({ report }: Scene, seen: readonly Seen[], identities: Map<string, string>): void {
  for (const { name, identity } of seen) {
    const before = identities.get(name);
    if (before !== undefined && before !== identity) report.violation('I6', `${name} was made a second time`);
    identities.set(name, identity);
  }
}

/** What is there since a larger wish may stay while nobody can act: so only a number that has grown is judged. */
function judgeCounts(
  { report, known }: Scene,
  seen: readonly Seen[],
  memory: {
    readonly before: ReadonlyMap<string, number>;
    readonly allowed: number;
    readonly since: Map<string, number>;
  },
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { deploymentId, state } of seen) {
    if (state !== 'ended' && deploymentId) counts.set(deploymentId, (counts.get(deploymentId) ?? 0) + 1);
  }
  const now = performance.now();
  for (const [id, count] of counts) {
    const slot = known.get(id);
    if (!slot) continue;
    const limit = slot.mostReplicas() + 1;
    if (count <= limit) {
      report.longest.surplus = Math.max(report.longest.surplus, now - (memory.since.get(id) ?? now));
      memory.since.delete(id);
      continue;
    }
    if (count <= (memory.before.get(id) ?? 0)) continue;
    if (!memory.since.has(id)) {
      memory.since.set(id, now);
      report.counts.surpluses += 1;
    }
    if (count > limit + memory.allowed) {
      report.violation(
        'I1',
        `${slot.agentId} (${id}) has ${count} instances, at most ${limit + memory.allowed} may be there`,
      );
    }
  }
  return counts;
}

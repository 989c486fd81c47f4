import type { Clock } from '../../ports/clock.js';

/** Instances beyond desired + surge that a deployment may have for a while, each with a reason that I1 allows for. */
export interface Slack {
  add(deploymentId: string, instances: number): void;
  /** Everything is allowed for a while: a backup has come back. */
  addAll(): void;
  of(deploymentId: string): number;
}

/** One resync, the time that a removal may hang, and the looks before and after. */
const lastsMs = 60_000;

export function createSlack(clock: Clock): Slack {
  const grants = new Map<string, { readonly until: number; readonly instances: number }[]>();
  let allUntil = 0;
  return {
    add(deploymentId, instances) {
      const list = grants.get(deploymentId) ?? [];
      list.push({ until: clock.monotonic() + lastsMs, instances });
      grants.set(deploymentId, list);
    },
    addAll() {
      allUntil = clock.monotonic() + 2 * lastsMs;
    },
    of(deploymentId) {
      const now = clock.monotonic();
      if (now < allUntil) return Number.POSITIVE_INFINITY;
      const list = grants.get(deploymentId);
      if (!list) return 0;
      const open = list.filter((grant) => grant.until > now);
      if (open.length === 0) grants.delete(deploymentId);
      else grants.set(deploymentId, open);
      return open.reduce((sum, grant) => sum + grant.instances, 0);
    },
  };
}

import { setTimeout as wait } from 'node:timers/promises';

export interface Pair {
  readonly byHand: number;
  readonly byHost: number;
}

/** What a kubelet looks at each second is seen up to a second late. */
const secondMs = 1_000;
/** Multiples of it, modulo 1, are spread evenly however many there are. */
const goldenShare = 0.618_034;

/**
 * The same work by hand and by the host in turns; who goes first changes. Both of a pair begin at the same part of a
 * second, each pair at another one: else one of them would always meet the cluster's clocks at a better moment. What a
 * pair leaves is removed while the next one is measured. The first pairs only warm up.
 */
export async function inTurns(
  pairs: number,
  work: {
    byHand(): Promise<number>;
    byHost(): Promise<number>;
    /** Asks for the end of what the pair has left; the promise inside is waited for at the end. */
    clear(): Promise<{ readonly gone: Promise<unknown> }>;
  },
): Promise<readonly Pair[]> {
  const warmUp = 2;
  const found: Pair[] = [];
  const leaving: Promise<unknown>[] = [];
  for (let turn = 0; turn < pairs + warmUp; turn += 1) {
    const at = async (run: () => Promise<number>) => {
      await wait(untilPart((turn * goldenShare) % 1));
      return run();
    };
    const first = turn % 2 === 0 ? await at(work.byHand) : undefined;
    const byHost = await at(work.byHost);
    const byHand = first ?? (await at(work.byHand));
    const { gone } = await work.clear();
    // Waited for at the end; a failure meanwhile must not count as unhandled.
    gone.catch(() => {});
    leaving.push(gone);
    if (turn >= warmUp) found.push({ byHand, byHost });
  }
  await Promise.all(leaving);
  return found;
}

function untilPart(part: number): number {
  const ms = part * secondMs - (performance.now() % secondMs);
  return ms < 0 ? ms + secondMs : ms;
}

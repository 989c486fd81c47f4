/** Counts, and tells each violation at once. */
export interface Report {
  readonly counts: Record<'hostKills' | 'freezes' | 'databaseKills' | 'engineKills', number> & {
    requests: number;
    acknowledged: number;
    lost: number;
    quietPoints: number;
    spoiltRollOuts: number;
    surpluses: number;
  };
  /** Longest time of each that was seen, ms. */
  readonly longest: { settle: number; surplus: number };
  /** Why requests stayed without an answer: how often each. */
  readonly lostBy: Map<string, number>;
  violation(invariant: string, message: string): void;
  violations(): number;
  say(text: string): void;
}

export function createReport(write: (text: string) => void): Report {
  const began = performance.now();
  const seen = new Set<string>();
  const say = (text: string) => write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${text}\n`);
  return {
    counts: {
      ...{ hostKills: 0, freezes: 0, databaseKills: 0, engineKills: 0 },
      ...{ requests: 0, acknowledged: 0, lost: 0, quietPoints: 0, spoiltRollOuts: 0, surpluses: 0 },
    },
    lostBy: new Map(),
    longest: { settle: 0, surplus: 0 },
    violation(invariant, message) {
      const text = `VIOLATION ${invariant}: ${message}`;
      if (!seen.has(text)) say(text);
      seen.add(text);
    },
    violations: () => seen.size,
    say,
  };
}

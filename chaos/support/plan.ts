/** One stretch of churn with faults, and a quiet point after it. */
export interface RoundPlan {
  readonly lengthMs: number;
  /** Mean time between two requests. */
  readonly requestEveryMs: number;
  readonly hostKills: number;
  readonly databaseKills: number;
  readonly engineKills: number;
  /** SIGSTOP, and SIGCONT after `freezeMs`. */
  readonly freezes: number;
  readonly freezeMs: number;
}

/** What is done with one engine. */
export interface Plan {
  /** Deployments. */
  readonly slots: number;
  /** One host. */
  readonly one: readonly RoundPlan[];
  /** Two hosts on one store. */
  readonly two: readonly RoundPlan[];
}

export const chaosDrivers = ['docker', 'process', 'kubernetes', 'memory'] as const;
export type ChaosDriver = (typeof chaosDrivers)[number];

/** `walls`: two tenants on an engine whose networks are apart; nothing but the host is killed there. */
export type ChaosPart = 'churn' | 'walls';

const quiet = { hostKills: 0, databaseKills: 0, engineKills: 0, freezes: 0, freezeMs: 30_000 };
const times = (count: number, make: (index: number) => RoundPlan) => Array.from({ length: count }, (_, at) => make(at));

/** The rounds for an engine; the short form is for CI. */
export function planOf(driver: ChaosDriver, part: ChaosPart, short: boolean): Plan {
  if (part === 'walls') {
    const round = { ...quiet, lengthMs: short ? 4_000 : 20_000, requestEveryMs: 500, hostKills: short ? 1 : 5 };
    return { slots: 8, one: [round], two: [] };
  }
  const engineKills = driver === 'docker' || driver === 'kubernetes' ? 1 : 0;
  // Its engine lives in the host's own process: two hosts would have two.
  const many = driver !== 'memory';
  if (short) {
    const lengthMs = driver === 'docker' ? 15_000 : 10_000;
    const one = { ...quiet, lengthMs, requestEveryMs: 400, hostKills: 4, databaseKills: 1, engineKills };
    const two = { ...quiet, lengthMs: 8_000, requestEveryMs: 500, hostKills: 1, freezes: 1, freezeMs: 12_000 };
    return { slots: 8, one: [one], two: many ? [two] : [] };
  }
  const docker = driver === 'docker';
  const one = { ...quiet, lengthMs: 60_000, requestEveryMs: 400, hostKills: 10, databaseKills: 1 };
  const two = { ...quiet, lengthMs: 90_000, requestEveryMs: 500, hostKills: docker ? 4 : 3, freezes: 2 };
  if (driver === 'kubernetes') return kubernetesPlan({ ...one, engineKills }, two);
  return {
    slots: 20,
    one: times(docker ? 10 : 2, (at) => ({ ...one, engineKills: at % 2 === 0 ? engineKills : 0 })),
    two: many ? times(docker ? 4 : 2, () => two) : [],
  };
}

/** Shorter: a cluster that others use as well is not to be without its API server for long. */
function kubernetesPlan(one: RoundPlan, two: RoundPlan): Plan {
  const requestEveryMs = 700;
  return {
    slots: 20,
    one: times(2, () => ({ ...one, lengthMs: 35_000, requestEveryMs, hostKills: 7 })),
    two: [{ ...two, lengthMs: 40_000, requestEveryMs, hostKills: 4, freezes: 1, freezeMs: 25_000 }],
  };
}

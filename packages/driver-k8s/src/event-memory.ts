/** A warning of the cluster about one object. */
export interface ClusterWarning {
  /** The cluster's own word, e.g. `FailedMount`. */
  readonly reason: string;
  readonly message: string;
  /** When it was told last, ms since 1970. */
  readonly at: number;
  /** How often it was told. */
  readonly times: number;
}

/** The last warnings about each object, few and young ones: a cluster tells the same thing again and again. */
export interface EventMemory {
  note(subject: string, warning: ClusterWarning): void;
  /** Newest first. */
  of(subject: string): readonly ClusterWarning[];
  forget(subject: string): void;
}

/** The API server itself keeps them for an hour. */
const longestMs = 3_600_000;
const subjectsKept = 1_000;
const warningsKept = 6;
const longestMessage = 1_000;

/** `now`: ms since 1970. */
export function eventMemory(now: () => number): EventMemory {
  const subjects = new Map<string, Map<string, ClusterWarning>>();
  const isYoung = ({ at }: ClusterWarning) => now() - at < longestMs;
  return {
    note(subject, warning) {
      if (!isYoung(warning)) return;
      const known = subjects.get(subject) ?? new Map<string, ClusterWarning>();
      const key = keyOf(warning);
      if ((known.get(key)?.at ?? 0) > warning.at) return;
      known.delete(key);
      known.set(key, { ...warning, message: warning.message.slice(0, longestMessage) });
      dropOldest(known, warningsKept);
      // Last in order: whoever has something new is the last to be forgotten.
      subjects.delete(subject);
      subjects.set(subject, known);
      dropOldest(subjects, subjectsKept);
    },
    of(subject) {
      const known = [...(subjects.get(subject)?.values() ?? [])].filter(isYoung);
      return known.sort((a, b) => b.at - a.at);
    },
    forget: (subject) => void subjects.delete(subject),
  };
}

/** What follows a colon differs from time to time; what stands before tells one matter from another. */
function keyOf({ reason, message }: ClusterWarning): string {
  return `${reason} ${message.split(':')[0]}`;
}

function dropOldest(map: Map<string, unknown>, kept: number): void {
  const [oldest] = map.keys();
  if (map.size > kept && oldest !== undefined) map.delete(oldest);
}

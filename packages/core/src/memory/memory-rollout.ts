/** One copy, as the simulated orchestrator sees it. `current`: made from the template that is wished for. */
export interface ReplicaView {
  readonly name: string;
  readonly current: boolean;
  readonly ready: boolean;
}

export interface RolloutStep {
  /** How many copies to make now. */
  readonly create: number;
  /** Which ones to take away now. */
  readonly remove: readonly string[];
  /** All that was wished for is there, and nothing else. */
  readonly complete: boolean;
}

/** One extra copy while old ones are replaced; what serves goes only when enough of the rest serves. */
export function rolloutStep(wanted: number, replicas: readonly ReplicaView[]): RolloutStep {
  const current = replicas.filter((replica) => replica.current);
  const old = replicas.filter((replica) => !replica.current);
  const surplus = unreadyFirst(current).slice(0, Math.max(0, current.length - wanted));
  const room = wanted + (old.length > 0 ? 1 : 0) - replicas.length;
  let serving = replicas.filter(({ ready }) => ready).length - surplus.filter(({ ready }) => ready).length;
  const retired = unreadyFirst(old).filter(({ ready }) => {
    if (!ready) return true;
    if (serving <= wanted) return false;
    serving -= 1;
    return true;
  });
  // Scaled down in the middle of a roll-out: what does not serve yet goes first.
  const excess = replicas.length - surplus.length - retired.length - (wanted + 1);
  const idle = current.filter((replica) => !replica.ready && !surplus.includes(replica)).slice(0, Math.max(0, excess));
  return {
    create: wanted === 0 ? 0 : Math.max(0, Math.min(room, wanted - current.length)),
    remove: [...surplus, ...retired, ...idle].map(({ name }) => name),
    complete: old.length === 0 && current.length === wanted && current.every(({ ready }) => ready),
  };
}

function unreadyFirst(replicas: readonly ReplicaView[]): readonly ReplicaView[] {
  return [...replicas].sort((a, b) => Number(a.ready) - Number(b.ready));
}

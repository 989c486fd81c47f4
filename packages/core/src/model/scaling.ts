/** How many instances an orchestrator may keep, and what it aims at: its own autoscaler decides between the ends. */
export interface ScalingRange {
  readonly min: number;
  readonly max: number;
  /** Utilisation of what an instance may use, in percent; the one that asks for most decides. */
  readonly targets: readonly { readonly metric: 'cpu' | 'memory'; readonly percent: number }[];
  /** How long a need for more has to last, in ms. Default the orchestrator's own. */
  readonly upWindowMs?: number | undefined;
  /** How long a need for less has to last, in ms. Default the orchestrator's own. */
  readonly downWindowMs?: number | undefined;
}

/** How many instances an orchestrator is asked to keep. */
export type ReplicaWish = { readonly fixed: number } | ScalingRange;

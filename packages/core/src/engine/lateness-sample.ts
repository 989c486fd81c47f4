/** The latest so many values of a measurement, for percentiles. */
export interface LatenessSample {
  add(valueMs: number): void;
  /** 0 when nothing was added yet. */
  percentile(share: number): number;
}

export function latenessSample(capacity = 4_096): LatenessSample {
  const values = new Float64Array(capacity);
  let added = 0;
  return {
    add(valueMs) {
      values[added % capacity] = Math.max(0, valueMs);
      added += 1;
    },
    percentile(share) {
      const sorted = values.slice(0, Math.min(added, capacity)).sort();
      return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    },
  };
}

/** What one tenant may hold at once; undefined is no limit. */
export interface Quota {
  /** Sum of the replicas of its deployments, parked ones included. */
  readonly instances?: number | undefined;
  readonly cpuMillis?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

/** What a tenant holds. */
export interface QuotaUse {
  readonly instances: number;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

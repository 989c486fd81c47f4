import type { DeploymentId } from './ids.js';

/** What only a running host knows of a deployment, for readers of the store's view `containers`. */
export interface LiveFigures {
  readonly deploymentId: DeploymentId;
  readonly address: string | undefined;
  readonly healthUrl: string | undefined;
  readonly health: 'healthy' | 'degraded' | 'unhealthy' | undefined;
  /** Percent of one core, over all instances. */
  readonly cpuPercent: number | undefined;
  readonly memoryMegabytes: number | undefined;
  readonly diskMegabytes: number | undefined;
  /** 0 to 1. */
  readonly load: number | undefined;
  readonly uptimeSeconds: number | undefined;
}

import type { DeploymentId } from '@moorage/core/driver';
import type { ProcessIdentity } from './process-identity.js';
import type { ProcessTable } from './process-table.js';
import type { Scan } from './shared-scan.js';
import type { StateFolder } from './state-folder.js';

/** Moments of `create` and `remove` at which a host may die; tests stop it there. */
export type DriverStep = 'staged' | 'placed' | 'spawned' | 'handed-over' | 'marked' | 'signalled' | 'ended';

/** What the operations of one driver share. */
export interface Parts {
  readonly folder: StateFolder;
  readonly table: ProcessTable;
  /** For those that look for what is left of an instance, again and again. */
  readonly scan: Scan;
  readonly logMaxBytes: number;
  /** One operation at a time for each key, in this process. */
  readonly locked: <T>(key: string, work: () => Promise<T>) => Promise<T>;
  /** Names that this process is removing. */
  readonly removals: Set<string>;
  /** This host process. */
  self(): Promise<ProcessIdentity>;
  /** Something happened to an instance of this deployment. */
  hint(owner: string, deploymentId: DeploymentId): void;
  reach(step: DriverStep): void;
}

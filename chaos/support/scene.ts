import type { Store } from '@moorage/core';
import type { HostProcess } from './host-process.js';
import type { Report } from './report.js';
import type { Rig } from './rig.js';
import type { Slot } from './slots.js';

/** Everything that a run works with. */
export interface Scene {
  readonly rig: Rig;
  /** The database's own view, past every host. */
  readonly store: Store;
  readonly owner: string;
  readonly slots: readonly Slot[];
  readonly hosts: readonly HostProcess[];
  readonly ports: { readonly from: number; readonly to: number };
  readonly report: Report;
  readonly resyncMs: number;
  /** Every deployment that was ever seen, with its slot. */
  readonly known: Map<string, Slot>;
}

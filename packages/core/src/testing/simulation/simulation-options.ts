import type { HostOptions } from '../../host-types.js';
import type { Driver } from '../../ports/driver.js';
import type { Store } from '../../ports/store.js';

/** What one history is made from. The same options replay the same history, on the same code. */
export interface SimulationOptions {
  readonly seed: number;
  /**
   * Calls of driver or store, carried out or disturbed, of the whole history: seven tenths of them until the faults
   * stop, and what coming to rest, a restart and deleting everything take, which is three tenths or more. [2 000]
   */
  readonly effects?: number | undefined;
  /** Which memory driver stands for the engine. [container] */
  readonly level?: 'container' | 'workload' | undefined;
  /** Share of calls that are disturbed. [0.06] */
  readonly faultRate?: number | undefined;
  /** Hosts are killed in the middle of a call. [true] */
  readonly crashes?: boolean | undefined;
  /** Lines of the trace that are kept, and told when something is broken. [300] */
  readonly traceLines?: number | undefined;
  /** Only the steps of these numbers do something; the others let time pass. [all] */
  readonly only?: ReadonlySet<number> | undefined;
  /** Options of every host: to try other periods, quotas, ports or a policy of your own. */
  readonly host?: Omit<
    Partial<HostOptions>,
    'driver' | 'store' | 'clock' | 'random' | 'transport' | 'frontDoor' | 'hostId'
  >;
  /** Puts something of yours around the simulated driver, inside of the faults: the host sees the faults, too. */
  readonly wrapDriver?: ((driver: Driver) => Driver) | undefined;
  /** As `wrapDriver`, for the store. */
  readonly wrapStore?: ((store: Store) => Store) | undefined;
}

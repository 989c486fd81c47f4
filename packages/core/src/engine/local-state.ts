import type { FailedCreate } from '../decide/plan-input.js';
import type { HealthStatus } from '../model/health.js';
import type { AddressId, DeploymentId, InstanceName } from '../model/ids.js';
import type { Rest } from './at-rest.js';

/**
 * What only this process knows of a deployment, between two looks. All of it may be lost with the process: the plan is
 * right without it, only poorer in words.
 */
export interface LocalState {
  /** Seen alive and not removed by us. */
  seen: readonly InstanceName[];
  readonly told: Map<InstanceName, HealthStatus>;
  failedCreates: ReadonlyMap<InstanceName, FailedCreate>;
  /** Instances that the health monitor looks after for this deployment. */
  watched: readonly InstanceName[];
  /** A look that began before this stamp does not show what was done since. */
  actedStamp: number;
  /** A hint has come: a turn that begins from now on needs a look that does, too. */
  hintedStamp: number;
  /** No call to the engine before this steady time: the last ones found it away. 0: none. */
  holdUntil: number;
  /** Ends that are told, where the engine keeps a list of them; undefined: not looked at yet. */
  toldEnds: Set<InstanceName> | undefined;
  /** The engine refused this generation of the wish, and waiting does not cure it. */
  refusal: { readonly generation: number; readonly message: string } | undefined;
  /** Calls to the engine that found it away, in a row. */
  failedCalls: number;
  /** Turns that failed in a row. */
  failedTurns: number;
  /** The last removal with everything that goes along has ended well, and nothing was made since. */
  purged: boolean;
  /** Why the last turn failed, for a person. */
  problem: string | undefined;
  /** The address that this host has opened for it. */
  address: AddressId | undefined;
  /** The first look by this process is behind us. */
  adopted: boolean;
  /** What the last turn went by, where it had nothing to do. */
  rest: Rest | undefined;
}

export interface LocalStates {
  of(id: DeploymentId): LocalState;
  peek(id: DeploymentId): LocalState | undefined;
  forget(id: DeploymentId): void;
  all(): IterableIterator<readonly [DeploymentId, LocalState]>;
}

const noNames: readonly InstanceName[] = [];

/** One for all: an empty map for each of thousands would be a thirtieth of their heap. */
export const noFailures: ReadonlyMap<InstanceName, FailedCreate> = new Map();

export function createLocalStates(): LocalStates {
  const states = new Map<DeploymentId, LocalState>();
  return {
    of(id) {
      const found = states.get(id);
      if (found) return found;
      const made: LocalState = {
        seen: noNames,
        told: new Map(),
        failedCreates: noFailures,
        watched: noNames,
        actedStamp: -1,
        hintedStamp: -1,
        holdUntil: 0,
        toldEnds: undefined,
        refusal: undefined,
        failedCalls: 0,
        failedTurns: 0,
        purged: false,
        problem: undefined,
        address: undefined,
        adopted: false,
        rest: undefined,
      };
      states.set(id, made);
      return made;
    },
    peek: (id) => states.get(id),
    forget: (id) => states.delete(id),
    all: () => states.entries(),
  };
}

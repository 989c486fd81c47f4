import { type MoorageError, toMoorageError } from '@moorage/protocol/base';
import { isOtherEngine } from '../decide/commit-errors.js';
import type { EngineId } from '../model/ids.js';
import type { Fence } from '../ports/store.js';

/** Which engine this host works on, as far as it has seen it, and whether the store lets it. */
export interface KnownEngine {
  /** Takes leases for it. Error: `conflict` where another host works on another engine. */
  acquire(take: (engine: EngineId | undefined) => Promise<readonly Fence[]>): Promise<readonly Fence[]>;
  /** True when the store has to be told. */
  see(engine: EngineId): boolean;
  /** Why this host has no work for good: a person has to look into what it works on before another process may. */
  refusal(): MoorageError | undefined;
}

export function knownEngine(onRefused: (error: MoorageError) => Promise<void>): KnownEngine {
  let engine: EngineId | undefined;
  let told: EngineId | undefined;
  let refused: MoorageError | undefined;
  return {
    async acquire(take) {
      if (refused) throw refused;
      const works = engine;
      try {
        const got = await take(works);
        told = works;
        return got;
      } catch (thrown) {
        if (!isOtherEngine(thrown)) throw thrown;
        refused = toMoorageError(thrown);
        await onRefused(refused);
        throw refused;
      }
    },
    see(seen) {
      engine = seen;
      return seen !== told || refused !== undefined;
    },
    refusal: () => refused,
  };
}

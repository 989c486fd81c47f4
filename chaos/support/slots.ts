import { type Ask, absent, afterwards, type Outcome, type Wish } from './wish.js';

/** One customer's agent, and all that may be wished of it. */
export interface Slot {
  readonly index: number;
  readonly tenant: string;
  readonly agentId: string;
  /** Has a volume with a file in it that nobody may lose. */
  readonly keepsState: boolean;
  possible(): readonly Wish[];
  /** Most instances that were asked for since the last quiet point. */
  mostReplicas(): number;
  /** Versions that were asked for since the last quiet point. */
  versions(): ReadonlySet<number>;
  /** False: the outcome contradicts what was acknowledged. */
  note(ask: Ask, outcome: Outcome): boolean;
  /** At a quiet point: it has turned out to be this. */
  settle(wish: Wish): void;
  /** A request is on its way, or may still be carried out. */
  busy: boolean;
  /** What its volume held when it was first read; forgotten with its deployment. */
  born: string | undefined;
}

const tenants = 4;

/** `volumes`: the engine can keep files, so that some agents have some. */
export function createSlots(count: number, volumes: boolean): readonly Slot[] {
  return Array.from({ length: count }, (_, index) => createSlot(index, volumes && index % 4 === 1));
}

function createSlot(index: number, keepsState: boolean): Slot {
  let possible: readonly Wish[] = [absent];
  let since: Wish[] = [absent];
  const present = () => since.filter((wish) => wish.state === 'present');
  return {
    index,
    tenant: `customer-${index % tenants}`,
    agentId: `agent.n${index}`,
    keepsState,
    busy: false,
    born: undefined,
    possible: () => possible,
    mostReplicas: () => Math.max(0, ...present().map(({ replicas }) => replicas)),
    versions: () => new Set(present().map(({ version }) => version)),
    note(ask, outcome) {
      const after = afterwards(possible, ask, outcome);
      if (after.length === 0) return false;
      possible = after;
      since.push(...after);
      if (after.some((wish) => wish.state === 'absent')) this.born = undefined;
      return true;
    },
    settle(wish) {
      possible = [wish];
      since = [wish];
      this.busy = false;
    },
  };
}

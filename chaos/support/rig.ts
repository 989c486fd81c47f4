import type { Driver } from '@moorage/core';
import type { DriverOrder } from './host-order.js';

/** An instance as the engine itself tells it, past Moorage. */
export interface Seen {
  readonly name: string;
  /** The engine's own identity of it: a second thing of the same name has another one. */
  readonly identity: string;
  readonly deploymentId: string;
  readonly tenant: string;
  readonly state: 'running' | 'paused' | 'ended';
  /** Where it can be reached from another instance; undefined where that is not known. */
  readonly inside?: string | undefined;
}

/** Something beside instances that carries our label: a network, a volume, a file that holds a port. */
export interface Belonging {
  readonly what: string;
  /** To whom it belongs; with none of these it belongs to nobody. */
  readonly deploymentId?: string | undefined;
  readonly tenant?: string | undefined;
  readonly instance?: string | undefined;
}

/** How agents are run on an engine, as the manifest says it. */
export interface AgentSource {
  readonly image?: string;
  readonly command?: string[];
  readonly language?: string;
  readonly entrypoint?: string;
}

/** One real engine: what hosts are told of it, and how to look at it and break it by hand. */
export interface Rig {
  readonly order: DriverOrder;
  readonly source: AgentSource;
  readonly canPause: boolean;
  readonly keepsVolumes: boolean;
  /** The engine keeps the number of instances itself: their names and places are its own affair. */
  readonly orchestrates: boolean;
  /** For the doctor, who looks and changes nothing. Undefined: nobody but the host itself can look. */
  driver(): Driver | undefined;
  /** Where a host's API is, for an engine that only a host can tell of. */
  attach?(apiUrl: string): void;
  look(owner: string): Promise<readonly Seen[]>;
  belongings(owner: string): Promise<readonly Belonging[]>;
  /** What a restart of an instance would change, by its name. */
  lives(owner: string): Promise<ReadonlyMap<string, string>>;
  readonly engine?: { kill(): Promise<void>; start(): Promise<void> } | undefined;
  /** Takes away all that is left, of these owners. */
  close(owners: readonly string[]): Promise<void>;
}

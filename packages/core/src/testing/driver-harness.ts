import type { Endpoint, InstanceSpec } from '../model/instance.js';
import type { TemplateSource } from '../model/template.js';
import type { Driver } from '../ports/driver.js';

/**
 * What the conformance suite runs inside an instance. `server`: the conformance agent, serving until it is stopped.
 * `exit`: ends by itself at once, with the code in its variable `EXIT_CODE`. `stubborn`: a server that ignores SIGTERM.
 * `chatty`: a server that writes the lines `line 1` to `line 200` on stdout when it starts. The agent reads all of it
 * from its environment, which the suite sets: a harness may answer with one and the same source for all four.
 */
export type ConformanceProgram = 'server' | 'exit' | 'stubborn' | 'chatty';

/** A source for `InstanceSpec`, with its command. */
export interface ConformanceSource {
  readonly source: TemplateSource;
  readonly command: readonly string[] | undefined;
}

/** A driver whose engine is out of reach or is another one than before, and the way back. */
export interface BrokenEngine {
  readonly driver: Driver;
  /** Puts the engine back as it was. Called in every case. */
  restore(): Promise<void>;
}

/** Optional members of a harness. One that is missing fails the cases that need it, unless `lacks` says why. */
export type HarnessHook =
  | 'foreign'
  | 'killOutside'
  | 'removeOutside'
  | 'halfMade'
  | 'unreachable'
  | 'exchanged'
  | 'missingSource'
  | 'outside';

/**
 * What a driver's author gives to `driverConformance`. One harness serves the whole suite; its engine must be there: a
 * missing engine fails the suite.
 */
export interface DriverHarness {
  /** Instances are operating-system processes that run `conformanceAgentSource`; false where they are emulated. */
  readonly realProcesses: boolean;
  /** A new driver object on the same engine: what a restarted host would make. The suite closes it. */
  makeDriver(): Promise<Driver>;
  /** How to run a program of the suite on this engine. */
  sourceOf(program: ConformanceProgram): Promise<ConformanceSource>;
  /** An HTTP GET to the conformance agent. Rejects when it cannot be reached. */
  request(endpoint: Endpoint, path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Names of all on the engine that carries the owner's label: instances, networks, volumes, files, processes. */
  leftovers(owner: string): Promise<readonly string[]>;
  /** Makes a thing of this name that is not ours and has no label of ours. */
  foreign?(name: string): Promise<{ exists(): Promise<boolean>; remove(): Promise<void> }>;
  /** Sends a signal from outside, as an operator would. */
  killOutside?(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Removes an instance from outside, with no trace left on the engine. */
  removeOutside?(name: string): Promise<void>;
  /** Makes an instance that is half made: there, with all its labels, and not started, as a host's crash leaves it. */
  halfMade?(driver: Driver, spec: InstanceSpec): Promise<void>;
  /** A driver whose engine does not answer. */
  unreachable?(): Promise<BrokenEngine>;
  /** A driver that has listed once already, and whose engine is another one since. */
  exchanged?(): Promise<BrokenEngine>;
  /** A source that this engine cannot find. */
  missingSource?(): TemplateSource;
  /**
   * A listener outside the engine that an instance with `egress: 'internet'` reaches at this address. Needed by drivers
   * with `egressControl` only.
   */
  outside?(): Promise<{ readonly host: string; readonly port: number; close(): Promise<void> }>;
  /** Why a hook is missing, e.g. `{ exchanged: 'the engine is this process' }`. A case that needs it then passes. */
  readonly lacks?: Readonly<Partial<Record<HarnessHook, string>>>;
  /** `user` of the instances of the suite; default `65534:65534`. */
  readonly user?: string;
  /** Environment that every instance of the suite needs on this engine, e.g. a path; default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** `readOnlyRoot` of the instances; default true. */
  readonly readOnlyRoot?: boolean;
  /** Whether a memory hog's end is told as `oom`; default true where the memory limit holds. */
  readonly reportsOom?: boolean;
  /** Whether the engine says which stream a line was written to; default true. Where it does not, all are stdout. */
  readonly tellsStreams?: boolean;
  /** Lets virtual time pass; called while the suite waits. Default: real time, 25 ms. */
  tick?(): Promise<void>;
  /** Called once after the last case. */
  close(): Promise<void>;
}

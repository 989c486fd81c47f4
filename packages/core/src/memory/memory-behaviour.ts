import type { MoorageError } from '@moorage/protocol/base';
import type { Measured } from '../model/incident.js';
import type { InstanceExit, InstanceSpec } from '../model/instance.js';

/** What a simulated agent may do from inside, handed to {@link MemoryBehaviour.respond}. */
export interface MemoryProcess {
  readonly spec: InstanceSpec;
  /** Plain and secret variables, and `PORT`. */
  readonly env: Readonly<Record<string, string>>;
  /** Lost with the process; kept by a pause. */
  readonly memory: Map<string, unknown>;
  /** Files by path. Those below a volume's path outlive the instance, the others are lost with it. */
  readonly files: { read(path: string): string | undefined; write(path: string, text: string): void };
  log(text: string, stream?: 'stdout' | 'stderr'): void;
  /** Ends the process. */
  end(exit: MemoryExit): void;
}

/** How a process ends; undefined parts are left out. */
export interface MemoryExit {
  readonly code?: number | undefined;
  readonly signal?: string | undefined;
  readonly oom?: boolean | undefined;
  readonly message?: string | undefined;
}

/** What the agents of one image (or one deployment, or one instance) do. Times in ms on the engine's clock. */
export interface MemoryBehaviour {
  /** Time that `create` takes; an abort in the middle leaves the instance half made. [0] */
  readonly startDelayMs: number;
  /** Probes are refused until then. [0] */
  readonly healthyAfterMs: number;
  /** The process ends by itself so long after its start. [never] */
  readonly exitAfterMs: number | undefined;
  /** How it ends then. [code 0] */
  readonly exit: MemoryExit;
  /** What probes find: `hang` answers never, `degraded` passes with a warning. [ok] */
  readonly health: 'ok' | 'fail' | 'hang' | 'degraded';
  /** [0] */
  readonly responseTimeMs: number;
  readonly load: number | undefined;
  /** `create` rejects with it and makes nothing. */
  readonly createError: MoorageError | undefined;
  /** SIGTERM is ignored: a removal takes the whole of its grace. [false] */
  readonly ignoresTerm: boolean;
  /** Time from SIGTERM to the end. [0] */
  readonly stopDelayMs: number;
  /** Written on stdout at each start. */
  readonly lines: readonly string[];
  /** Called at each start, once the process runs. */
  readonly started: ((process: MemoryProcess) => void) | undefined;
  /** [unsupported] */
  readonly cpuPercent: Measured;
  /** [unsupported] */
  readonly memoryBytes: Measured;
  /** Answers requests; undefined is an empty 200. Health probes of a healthy instance ask it too. */
  readonly respond: ((process: MemoryProcess, path: string) => MemoryResponse) | undefined;
}

export interface MemoryResponse {
  readonly status: number;
  readonly body: string;
}

/** Starts at once, is healthy at once, runs for ever. */
export const defaultBehaviour: MemoryBehaviour = {
  startDelayMs: 0,
  healthyAfterMs: 0,
  exitAfterMs: undefined,
  exit: { code: 0 },
  health: 'ok',
  responseTimeMs: 0,
  load: undefined,
  createError: undefined,
  ignoresTerm: false,
  stopDelayMs: 0,
  lines: [],
  cpuPercent: 'unsupported',
  memoryBytes: 'unsupported',
  started: undefined,
  respond: undefined,
};

/** The model's form of an end. */
export function toInstanceExit(exit: MemoryExit, at: number): InstanceExit {
  return { code: exit.code, signal: exit.signal, oom: exit.oom ?? false, at, message: exit.message };
}

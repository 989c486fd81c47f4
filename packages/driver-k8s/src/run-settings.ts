import { MoorageError } from '@moorage/core/driver';

export interface RunOptions {
  /**
   * How long the cluster keeps a run that has ended, in ms, for whoever writes down its outcome; a run that the host
   * removes goes at once. Default an hour.
   */
  readonly keepMs?: number | undefined;
  /** RuntimeClass of runs, e.g. of a sandboxed runtime. Default that of every pod. */
  readonly runtimeClassName?: string | undefined;
}

export interface RunSettings {
  readonly keepMs: number;
  readonly runtimeClassName: string | undefined;
}

const defaultKeepMs = 3_600_000;

/** The options with their defaults. Throws `invalid_argument`. */
export function runSettings({ keepMs = defaultKeepMs, runtimeClassName }: RunOptions = {}): RunSettings {
  if (!(keepMs >= 0 && keepMs <= mostMs)) {
    throw new MoorageError('invalid_argument', `Cannot use runs.keepMs ${keepMs}: give 0 to ${mostMs}`, {
      operation: 'kubernetesDriver',
      context: { field: 'runs.keepMs', value: keepMs },
    });
  }
  return { keepMs, runtimeClassName };
}

/** The cluster keeps it as seconds in 32 bits. */
const mostMs = (2 ** 31 - 1) * 1000;

import { toMoorageError } from '@moorage/protocol/base';
import type { InstanceName } from '../model/ids.js';
import type { UsageSample } from '../model/incident.js';
import { incidentUsageSamples } from '../model/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { Logger } from '../ports/logger.js';

/** Keeps the last usage samples of each running instance, for incidents and for whoever asks what it uses now. */
export interface UsageSampler {
  samplesOf(instance: InstanceName): readonly UsageSample[];
  /** Why nothing could be measured the last time; undefined: it could. */
  problem(): string | undefined;
  close(): void;
}

export function createUsageSampler(deps: {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: string;
  readonly intervalMs: number;
  readonly running: () => readonly InstanceName[];
}): UsageSampler {
  const samples = new Map<InstanceName, UsageSample[]>();
  const closing = new AbortController();
  const { usage } = deps.driver;
  let problem: string | undefined;
  let stopTimer = () => {};

  const round = async () => {
    const names = deps.running();
    if (names.length === 0 || !usage) return;
    const found = await usage.call(deps.driver, names, { owner: deps.owner, signal: closing.signal });
    for (const sample of found) {
      const kept = samples.get(sample.instance) ?? [];
      kept.push(sample);
      if (kept.length > incidentUsageSamples) kept.shift();
      samples.set(sample.instance, kept);
    }
    const alive = new Set(names);
    for (const name of samples.keys())
      if (!alive.has(name) && !found.some((one) => one.instance === name)) samples.delete(name);
  };

  const noteProblem = (found: string | undefined) => {
    if (found !== undefined && found !== problem) deps.logger.log('warn', `Usage is not measured: ${found}`);
    problem = found;
  };

  const tick = () => {
    stopTimer = deps.clock.setTimer(deps.intervalMs, () => {
      round()
        .then(
          () => noteProblem(undefined),
          (thrown) => noteProblem(toMoorageError(thrown).message),
        )
        .finally(() => {
          if (!closing.signal.aborted) tick();
        });
    });
  };
  if (usage && deps.driver.capabilities.usage.length > 0) tick();

  return {
    samplesOf: (instance) => samples.get(instance) ?? [],
    problem: () => problem,
    close() {
      closing.abort();
      stopTimer();
    },
  };
}

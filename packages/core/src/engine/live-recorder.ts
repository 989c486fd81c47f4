import { liveFiguresOf } from '../decide/live-figures-of.js';
import type { DeploymentView } from '../host-types.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { DeploymentId } from '../model/ids.js';
import type { LiveFigures } from '../model/live-figures.js';
import type { HostContext } from './host-context.js';

const everyMs = 5_000;
/** To look at one takes a part of this: those who have very many look less often, and not more of the time. */
const everyMsEach = 2;
/** How far the time of an instance's start may seem to move by rounding. */
const sameStartSeconds = 2;
/** Written again this seldom though nothing changed: a reader sees that somebody still looks. */
const refreshMs = 600_000;

interface Written {
  readonly figures: LiveFigures;
  readonly at: number;
}

/** Keeps the figures of running deployments in the store, for those who read it with SQL. Only changes are written. */
export function startLiveRecorder(
  context: HostContext,
  view: (record: DeploymentRecord) => DeploymentView,
): () => void {
  const { store, clock, cache, leases, logger } = context;
  const written = new Map<DeploymentId, Written>();
  let stopTimer = () => {};
  let stopped = false;

  const isDue = (figures: LiveFigures, now: number) => {
    const last = written.get(figures.deploymentId);
    return last === undefined || now - last.at >= refreshMs || !says(figures, last, now);
  };

  const round = async () => {
    if (!store.recordLive) return;
    const now = clock.monotonic();
    const wall = clock.now();
    const due: LiveFigures[] = [];
    for (const record of cache.all()) {
      if (!leases.fenceFor(record.desired.id)) continue;
      const figures = liveFiguresOf(view(record), wall);
      if (isDue(figures, now)) due.push(figures);
    }
    for (const id of written.keys()) if (!cache.get(id)) written.delete(id);
    if (due.length === 0) return;
    await store.recordLive(due);
    for (const figures of due) written.set(figures.deploymentId, { figures, at: now });
  };

  const arm = () => {
    if (stopped) return;
    stopTimer = clock.setTimer(Math.max(everyMs, everyMsEach * cache.size()), () => {
      round()
        .catch((thrown) => logger.log('debug', 'Figures could not be stored', { error: String(thrown) }))
        .finally(arm);
    });
  };
  if (store.recordLive) arm();
  return () => {
    stopped = true;
    stopTimer();
  };
}

/** Whether what was written says the same by now: the time that something runs goes on by itself. */
function says(figures: LiveFigures, last: Written, now: number): boolean {
  const before = last.figures;
  const uptime = before.uptimeSeconds === undefined ? undefined : before.uptimeSeconds + (now - last.at) / 1_000;
  const sameStart =
    uptime === undefined || figures.uptimeSeconds === undefined
      ? uptime === figures.uptimeSeconds
      : Math.abs(uptime - figures.uptimeSeconds) <= sameStartSeconds;
  return (
    sameStart &&
    figures.address === before.address &&
    figures.healthUrl === before.healthUrl &&
    figures.health === before.health &&
    figures.cpuPercent === before.cpuPercent &&
    figures.memoryMegabytes === before.memoryMegabytes &&
    figures.diskMegabytes === before.diskMegabytes &&
    figures.load === before.load
  );
}

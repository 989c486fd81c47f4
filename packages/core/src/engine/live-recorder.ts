import { liveFiguresOf } from '../decide/live-figures-of.js';
import type { DeploymentView } from '../host-types.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { DeploymentId } from '../model/ids.js';
import type { HostContext } from './host-context.js';

const everyMs = 5_000;
/** Uptime alone is written this seldom. */
const refreshMs = 60_000;

/** Keeps the figures of running deployments in the store, for those who read it with SQL. Only changes are written. */
export function startLiveRecorder(
  context: HostContext,
  view: (record: DeploymentRecord) => DeploymentView,
): () => void {
  const { store, clock, cache, leases, logger } = context;
  const written = new Map<DeploymentId, { readonly key: string; readonly at: number }>();
  let stopTimer = () => {};
  let stopped = false;

  const round = async () => {
    if (!store.recordLive) return;
    const now = clock.monotonic();
    const due = [...cache.all()].flatMap((record) => {
      if (!leases.fenceFor(record.desired.id)) return [];
      const figures = liveFiguresOf(view(record), clock.now());
      const key = JSON.stringify({ ...figures, uptimeSeconds: 0 });
      const last = written.get(figures.deploymentId);
      if (last?.key === key && now - last.at < refreshMs) return [];
      written.set(figures.deploymentId, { key, at: now });
      return [figures];
    });
    for (const id of written.keys()) if (!cache.get(id)) written.delete(id);
    if (due.length > 0) await store.recordLive(due);
  };

  const arm = () => {
    if (stopped) return;
    stopTimer = clock.setTimer(everyMs, () => {
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

import { type FSWatcher, watch } from 'node:fs';
import type { DeploymentId, OwnerId, Unsubscribe } from '@moorage/core/driver';
import type { StateFolder } from './state-folder.js';

const retryMs = 1000;

/**
 * Hints of what the shims touch in the folder of hints, from every host's instances. Looks again once a second while
 * the folder cannot be watched. Keeps no process alive.
 */
export function watchHints(
  folder: StateFolder,
  owner: OwnerId,
  hint: (deploymentId: DeploymentId) => void,
): Unsubscribe {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const tell = async (name: string) => {
    const record = (await folder.read(name).catch(() => undefined))?.record;
    if (!ended && record?.owner === owner) hint(record.deploymentId);
  };
  const again = () => {
    watcher?.close();
    watcher = undefined;
    if (ended || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      begin();
    }, retryMs);
    timer.unref();
  };
  const begin = async () => {
    try {
      await folder.engine();
      if (ended) return;
      watcher = watch(folder.paths.hints, { persistent: false });
      watcher.on('change', (_, name) => void tell(String(name)));
      watcher.on('error', again);
    } catch {
      again();
    }
  };
  void begin();
  return () => {
    ended = true;
    clearTimeout(timer);
    watcher?.close();
  };
}

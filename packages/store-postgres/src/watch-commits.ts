import type pg from 'pg';
import type { Queries } from './database.js';
import { type Listener, listen } from './listen.js';
import type { Names } from './names.js';

/** Tells which deployments were committed, here or by others. Hints: they may be late, doubled or lost. */
export interface CommitWatch {
  subscribe(hint: (deploymentId: string) => void): () => void;
  /** A commit of this very store: told at once. */
  committed(deploymentId: string): void;
  close(): Promise<void>;
}

/** A look at the numbers of events finds what no notification brought: behind a pooler, or while reconnecting. */
const pollMs = 5_000;

/** Listening begins with the first subscriber and goes on for as long as the store is open. */
export function watchCommits(queries: Queries, names: Names, config: pg.ClientConfig, sender: string): CommitWatch {
  const hints = new Set<(deploymentId: string) => void>();
  let listener: Listener | undefined;
  let poller: NodeJS.Timeout | undefined;
  let closed = false;
  let seen: number | undefined;

  const tell = (deploymentId: string) => {
    for (const hint of [...hints]) {
      try {
        hint(deploymentId);
      } catch {
        // A hint is all that is lost.
      }
    }
  };

  const look = async () => {
    const { latest, ids } = await newerEvents(queries, names, seen);
    seen = latest;
    for (const id of ids) tell(id);
  };

  const poll = () => {
    poller = setTimeout(() => {
      look()
        .catch(() => undefined)
        .finally(() => {
          if (!closed) poll();
        });
    }, pollMs).unref();
  };

  const onPayload = (payload: string) => {
    const [from, id] = split(payload);
    if (from !== sender) tell(id);
  };

  return {
    subscribe(hint) {
      if (closed) return () => {};
      const own = (deploymentId: string) => hint(deploymentId);
      hints.add(own);
      if (listener === undefined) {
        listener = listen(config, names.channel, onPayload, look);
        poll();
      }
      return () => {
        hints.delete(own);
      };
    },
    committed: tell,
    async close() {
      closed = true;
      hints.clear();
      clearTimeout(poller);
      await listener?.close();
    },
  };
}

/** Deployments with events after a number; the first look only learns where the end is. */
async function newerEvents(
  queries: Queries,
  names: Names,
  seen: number | undefined,
): Promise<{ readonly latest: number; readonly ids: readonly string[] }> {
  const rows = await queries.run<{ readonly latest: number; readonly id: string | null }>(
    {
      name: 'read-newer-events',
      text: `
        select s.events as latest, e.deployment_id as id from ${names.of('moorage_sequence')} s
        left join lateral (
          select distinct deployment_id from ${names.of('moorage_events')}
          where sequence > coalesce($1::bigint, s.events)
        ) e on true`,
    },
    [seen ?? null],
  );
  return { latest: rows[0]?.latest ?? 0, ids: rows.flatMap(({ id }) => (id === null ? [] : [id])) };
}

/** `sender:deployment`. */
function split(payload: string): readonly [string, string] {
  const at = payload.indexOf(':');
  return [payload.slice(0, at), payload.slice(at + 1)];
}

import type pg from 'pg';
import type { Queries } from './database.js';
import { type Listener, listen } from './listen.js';
import type { Names } from './names.js';

/** Tells which deployments were committed, here or by others. Hints: they may be late, doubled or lost. */
export interface CommitWatch {
  subscribe(hint: (deploymentId: string) => void): () => void;
  /** A commit of this very store: told at once. `last`: the number of its newest event, if it has one. */
  committed(deploymentId: string, last: number | undefined): void;
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
  /** Newest events of our own commits: told already, and not told once more by the next look. */
  const own = new Map<string, number>();

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
    const { latest, found } = await newerEvents(queries, names, seen);
    seen = latest;
    for (const { id, last } of found) if ((own.get(id) ?? 0) < last) tell(id);
    for (const [id, last] of own) if (last <= latest) own.delete(id);
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
    committed(deploymentId, last) {
      if (listener !== undefined && last !== undefined) own.set(deploymentId, last);
      tell(deploymentId);
    },
    async close() {
      closed = true;
      hints.clear();
      own.clear();
      clearTimeout(poller);
      await listener?.close();
    },
  };
}

interface NewerEvents {
  readonly latest: number;
  readonly found: readonly { readonly id: string; readonly last: number }[];
}

/** Deployments with events after a number, each with its newest; the first look only learns where the end is. */
async function newerEvents(queries: Queries, names: Names, seen: number | undefined): Promise<NewerEvents> {
  const rows = await queries.run<{ readonly latest: number; readonly id: string | null; readonly last: number }>(
    {
      name: 'read-newer-events',
      text: `
        select s.events as latest, e.id, e.last from ${names.of('moorage_sequence')} s
        left join lateral (
          select deployment_id as id, max(sequence) as last from ${names.of('moorage_events')}
          where sequence > coalesce($1::bigint, s.events) group by deployment_id
        ) e on true`,
    },
    [seen ?? null],
  );
  const found = rows.flatMap(({ id, last }) => (id === null ? [] : [{ id, last }]));
  return { latest: rows[0]?.latest ?? 0, found };
}

/** `sender:deployment`. */
function split(payload: string): readonly [string, string] {
  const at = payload.indexOf(':');
  return [payload.slice(0, at), payload.slice(at + 1)];
}

import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@moorage/protocol';
import type { Scene } from './scene.js';

const patienceMs = 60_000;

/** A reader of the event feed that goes from host to host with its cursor, as they come and go. */
export interface FeedReader {
  /** I11: it has read what the store has, each once and in order. Call it when nothing is going on. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

export function readFeed({ hosts, store, report }: Scene): FeedReader {
  const read: string[] = [];
  const stopping = new AbortController();
  let turn = 0;
  const anyHost: typeof fetch = (input, init) => {
    turn += 1;
    const { pathname, search } = new URL(String(input));
    return fetch(`${hosts[turn % hosts.length]?.apiUrl}${pathname}${search}`, init);
  };
  const client = createClient({ url: 'http://any.host', fetch: anyHost });
  const reading = (async () => {
    const backOff = { firstMs: 100, longestMs: 1_000 };
    const { signal } = stopping;
    for await (const event of client.events({ after: 'start', backOff, silenceMs: 20_000, signal }))
      read.push(event.id);
  })().catch((thrown: unknown) => report.violation('I11', `the feed of events ended: ${String(thrown)}`));
  return {
    async check() {
      const kept = await allEvents(store);
      const deadline = performance.now() + patienceMs;
      while (read.length < kept.length && performance.now() < deadline) await sleep(200);
      const missing = kept.filter((id) => !read.includes(id)).length;
      const doubled = read.length - new Set(read).size;
      if (missing > 0) report.violation('I11', `a reader of the feed misses ${missing} of ${kept.length} events`);
      if (doubled > 0) report.violation('I11', `a reader of the feed has ${doubled} events twice`);
      const order = new Map(kept.map((id, index) => [id, index]));
      const places = read.flatMap((id) => order.get(id) ?? []);
      if (places.some((place, index) => place < (places[index - 1] ?? 0))) {
        report.violation('I11', 'a reader of the feed has events out of order');
      }
    },
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}

async function allEvents(store: Scene['store']): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.events({ after, limit: 1_000 });
    ids.push(...page.items.map(({ cursor }) => cursor));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

import { toMoorageError } from '@moorage/protocol/base';
import { shardOf } from '../decide/shard-of.js';
import type { DeploymentId } from '../model/ids.js';
import type { Retention } from '../ports/store.js';
import { forgetDeployment } from './deployment-steps.js';
import type { EngineLoop } from './engine-loop.js';
import type { HostContext } from './host-context.js';

/** Records of a page when everything is read. */
const pageSize = 1_000;
/** Every so many resyncs the store is read again as a whole: a hint of another host's write may have been lost. */
const rereadEvery = 6;
/** More records than these are read in pages, and not each by itself. */
const readOneByOneMax = 100;
const pruneMs = 600_000;

/** What runs by itself, beside the queue: the resync, the engine's hints, the store's hints, and retention. */
export interface HostLoops {
  /** Reads every deployment of the held shards and puts them to work. */
  loadAll(shards: readonly number[]): Promise<void>;
  /** Why the last look at the engine failed, if it did. */
  engineProblem(): string | undefined;
  close(): void;
}

export function startHostLoops(
  context: HostContext,
  loop: EngineLoop,
  options: { readonly resyncMs: number; readonly retention: Retention },
): HostLoops {
  const { store, logger } = context;
  const stops: (() => void)[] = [];
  let closed = false;
  let problem: string | undefined;
  let rounds = 0;
  /** Records were to be read, and the store did not answer: nobody else will ask for these again. */
  let owed = false;

  const loadAll = async (shards: readonly number[]) => {
    try {
      await loadShards(context, shards, () => closed);
    } catch (thrown) {
      owed = true;
      throw thrown;
    }
  };

  const readAll = async () => {
    owed = false;
    await loadAll(context.leases.held());
  };

  const resync = async () => {
    rounds += 1;
    try {
      await loop.look();
      problem = undefined;
    } catch (thrown) {
      const { message, code } = toMoorageError(thrown);
      if (problem !== message) logger.log('warn', `The engine cannot be looked at: ${message}`, { code });
      problem = message;
      return;
    }
    if (owed || rounds % rereadEvery === 0) await readAll();
    else
      for (const { desired } of context.cache.all())
        if (!loop.isAtRest(desired.id)) context.enqueue(desired.id, desired.tenant);
  };

  stops.push(repeat(context, options.resyncMs, resync));
  stops.push(repeat(context, pruneMs, () => store.prune(options.retention)));

  const unsubscribe = context.driver.watch?.({ owner: context.owner }, (id) => {
    const record = context.cache.get(id);
    if (closed || !record) return;
    loop.hinted(id);
    context.enqueue(id, record.desired.tenant);
  });
  if (unsubscribe) stops.push(unsubscribe);

  return {
    loadAll,
    engineProblem: () => problem,
    close() {
      closed = true;
      for (const stop of stops) stop();
    },
  };
}

/** Runs again and again, each time so long after the last one ended, until the returned function is called. */
function repeat(context: HostContext, everyMs: number, run: () => Promise<void>): () => void {
  let stopped = false;
  let stopTimer = () => {};
  const arm = () => {
    if (stopped) return;
    stopTimer = context.clock.setTimer(everyMs, () => {
      run()
        .catch((thrown) => context.logger.log('warn', 'A round of the host failed', { error: String(thrown) }))
        .finally(arm);
    });
  };
  arm();
  return () => {
    stopped = true;
    stopTimer();
  };
}

async function loadShards(context: HostContext, shards: readonly number[], isClosed: () => boolean): Promise<void> {
  const found = (await loadChanged(context, shards)) ?? (await loadPages(context, shards, isClosed));
  await leaveGone(context, shards, found);
}

/** Where the store tells revisions and most records are known: only the others are read. Undefined where not. */
async function loadChanged(
  context: HostContext,
  shards: readonly number[],
): Promise<ReadonlySet<DeploymentId> | undefined> {
  const { store, cache } = context;
  if (!store.revisions || cache.size() === 0) return undefined;
  const revisions = await store.revisions(shards);
  const isKnown = (id: DeploymentId) => cache.get(id)?.revision === revisions.get(id);
  const changed = [...revisions.keys()].filter((id) => !isKnown(id));
  if (changed.length > readOneByOneMax) return undefined;
  for (const id of changed) {
    const record = await store.read(id);
    if (record) cache.put(record);
  }
  for (const id of revisions.keys()) context.enqueue(id, cache.get(id)?.desired.tenant ?? '');
  return new Set(revisions.keys());
}

async function loadPages(
  context: HostContext,
  shards: readonly number[],
  isClosed: () => boolean,
): Promise<ReadonlySet<DeploymentId>> {
  const found = new Set<DeploymentId>();
  let after: string | undefined;
  do {
    const page = await context.store.list({ shards }, { limit: pageSize, after });
    for (const record of page.items) {
      found.add(record.desired.id);
      context.cache.put(record);
      context.enqueue(record.desired.id, record.desired.tenant);
    }
    after = page.next;
  } while (after !== undefined && !isClosed());
  return found;
}

/** What another host has seen to its end meanwhile: its address must not stay bound here. */
async function leaveGone(
  context: HostContext,
  shards: readonly number[],
  found: ReadonlySet<DeploymentId>,
): Promise<void> {
  const read = new Set(shards);
  for (const [id] of [...context.local.all()]) {
    if (found.has(id) || !read.has(shardOf(id))) continue;
    if ((await context.store.read(id)) === undefined) forgetDeployment(context, id);
  }
}

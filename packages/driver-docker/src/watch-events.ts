import { setMaxListeners } from 'node:events';
import type { DeploymentId, OwnerId, Unsubscribe } from '@moorage/core/driver';
import { type EngineClient, segment } from './engine-client.js';
import type { EngineEvent } from './engine-types.js';
import { jsonLines } from './json-lines.js';
import { label } from './labels.js';

const firstDelayMs = 200;
const longestDelayMs = 10_000;
/**
 * Told before the engine's list shows them: the hint waits until the container's lock is free again, for only then it
 * does.
 */
const early: ReadonlySet<string> = new Set(['die', 'pause', 'unpause']);
const actions = ['create', 'start', 'die', 'oom', 'pause', 'unpause', 'rename', 'destroy'];

/**
 * Follows the engine's events of the owner's containers and names their deployments. Events are lost by nature, so a
 * break is bridged by connecting again, with growing pauses, and nothing is made up for.
 */
export function watchEvents(client: EngineClient, owner: OwnerId, hint: (id: DeploymentId) => void): Unsubscribe {
  const controller = new AbortController();
  const { signal } = controller;
  // Many containers may end at the same time, and each is looked at.
  setMaxListeners(0, signal);
  const follow = async (): Promise<void> => {
    let delay = firstDelayMs;
    while (!signal.aborted) {
      try {
        await readEvents(client, owner, hint, signal, () => {
          delay = firstDelayMs;
        });
      } catch {
        // The list tells whether the engine answers; a hint that does not come is no error.
      }
      await pause(delay, signal);
      delay = Math.min(delay * 2, longestDelayMs);
    }
  };
  void follow();
  return () => controller.abort();
}

async function readEvents(
  client: EngineClient,
  owner: OwnerId,
  hint: (id: DeploymentId) => void,
  signal: AbortSignal,
  connected: () => void,
): Promise<void> {
  const filters = JSON.stringify({ type: ['container'], event: actions, label: [`${label.owner}=${owner}`] });
  const stream = await client.stream({ method: 'GET', path: '/events', query: { filters }, signal });
  connected();
  for await (const event of jsonLines<EngineEvent>(stream)) {
    const deployment = event.Actor?.Attributes?.[label.deployment];
    if (deployment === undefined || signal.aborted) continue;
    if (early.has(event.Action ?? '')) void lockFree(client, event, signal).then(() => tell(hint, deployment, signal));
    else tell(hint, deployment, signal);
  }
}

/**
 * The engine answers an inspection only when what it does to the container is done. Gone, or no answer: told all the
 * same.
 */
async function lockFree(client: EngineClient, { Actor }: EngineEvent, signal: AbortSignal): Promise<void> {
  const path = `/containers/${segment(Actor?.ID ?? '')}/json`;
  await client.json({ method: 'GET', path, signal }).catch(() => undefined);
}

/** A listener's fault must not end the stream for the others. */
function tell(hint: (id: DeploymentId) => void, deployment: DeploymentId, signal: AbortSignal): void {
  if (signal.aborted) return;
  try {
    hint(deployment);
  } catch {
    // It was a hint, and its loss costs latency only.
  }
}

/** The one timer of this driver. Does not keep the process alive. */
function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    timer.unref();
    signal.addEventListener('abort', done, { once: true });
  });
}

import { expect, it } from 'vitest';
import { freshLook } from './fresh-look.js';
import type { HostContext } from './host-context.js';
import { createLocalStates } from './local-state.js';
import { createObserver, type Observer } from './observer.js';

const id = 'd-1';

/** An observer whose looks are numbered; `during` happens in the middle of each. */
function world(during: (count: number, observer: Observer<number>) => void) {
  const local = createLocalStates();
  const context = { local, gainedStamps: new Map() } as unknown as HostContext;
  let count = 0;
  const observer: Observer<number> = createObserver(async () => {
    count += 1;
    during(count, observer);
    await Promise.resolve();
    return count;
  });
  return { context, observer, state: local.of(id) };
}

it('is not kept waiting by hints that come faster than looks end', async () => {
  const { context, observer, state } = world((_count, made) => {
    state.hintedStamp = made.stamp();
  });
  expect((await freshLook(context, observer, id)).observation).toBe(1);
  // The hint of the first look is for the turn after it.
  expect((await freshLook(context, observer, id)).observation).toBe(2);
});

it('does not go by a look during which a call has ended', async () => {
  const { context, observer, state } = world((count, made) => {
    if (count < 3) state.actedStamp = made.stamp();
  });
  expect((await freshLook(context, observer, id)).observation).toBe(3);
});

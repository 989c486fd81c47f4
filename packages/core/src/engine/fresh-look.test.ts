import { expect, it } from 'vitest';
import { withFreshLook } from './fresh-look.js';
import type { HostContext } from './host-context.js';
import { createLocalStates } from './local-state.js';
import { createObserver, type Look, type Observer } from './observer.js';

const id = 'd-1';
const seen = ({ observation }: Look<number>) => observation;

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
  expect(await withFreshLook(context, observer, id, seen)).toBe(1);
  // The hint of the first look is for the turn after it.
  expect(await withFreshLook(context, observer, id, seen)).toBe(2);
});

it('does not go by a look during which a call has ended', async () => {
  const { context, observer, state } = world((count, made) => {
    if (count < 3) state.actedStamp = made.stamp();
  });
  expect(await withFreshLook(context, observer, id, seen)).toBe(3);
});

// Found by the simulator, seed 1548691964: more copies than wanted were made.
it.each([0, 1, 2, 3, 4, 5])(
  'uses a look in the moment in which it is fresh, a call ends %i turns later',
  async (turns) => {
    const { context, observer, state } = world(() => undefined);
    let wasFresh: boolean | undefined;
    const used = withFreshLook(context, observer, id, ({ stamp }) => {
      wasFresh = stamp > state.actedStamp;
    });
    while (!observer.latest()) await Promise.resolve();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    state.actedStamp = observer.stamp();
    await used;
    expect(wasFresh).toBe(true);
  },
);

import { describe, expect, it } from 'vitest';
import { createObserver } from './observer.js';

/** Looks that the test answers by hand. */
function rig() {
  const looks: { resolve: (value: number) => void; reject: (error: Error) => void }[] = [];
  const observer = createObserver<number>(() => new Promise((resolve, reject) => looks.push({ resolve, reject })));
  return { looks, observer };
}

describe('createObserver', () => {
  it('one look serves everyone who asks meanwhile', async () => {
    const { looks, observer } = rig();
    const all = [observer.after(-1), observer.after(-1), observer.after(-1)];
    expect(looks).toHaveLength(1);
    looks[0]?.resolve(7);
    expect((await Promise.all(all)).map((look) => look.observation)).toEqual([7, 7, 7]);
    expect((await observer.after(-1)).observation).toBe(7);
    expect(looks).toHaveLength(1);
  });

  it('who has acted gets a look that began after it, also when one was under way', async () => {
    const { looks, observer } = rig();
    const early = observer.after(-1);
    const acted = observer.stamp();
    const late = observer.after(acted);
    looks[0]?.resolve(1);
    expect((await early).observation).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks).toHaveLength(2);
    looks[1]?.resolve(2);
    expect((await late).observation).toBe(2);
  });

  it('a look that fails rejects for all who waited, and the next one is a new one', async () => {
    const { looks, observer } = rig();
    const first = observer.after(-1);
    looks[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    const second = observer.after(-1);
    looks[1]?.resolve(3);
    expect((await second).observation).toBe(3);
  });
});

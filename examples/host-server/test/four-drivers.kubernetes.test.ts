import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longTest } from './faults/support/patience.js';
import { engineNames } from './support/four-drivers/engines.js';
import { endRows } from './support/four-drivers/rows-end.js';
import { failingRows } from './support/four-drivers/rows-failing.js';
import { lifeRows } from './support/four-drivers/rows-life.js';
import { lookingRows } from './support/four-drivers/rows-looking.js';
import { parkingRows } from './support/four-drivers/rows-parking.js';
import { refusalRows } from './support/four-drivers/rows-refusals.js';
import { openWalk, type Walk } from './support/four-drivers/walk.js';

const rows = [...lifeRows, ...lookingRows, ...parkingRows, ...failingRows, ...refusalRows, ...endRows];

describe.each(engineNames)('through the REST API, the driver %s', (name) => {
  let walk: Walk;
  beforeAll(async () => {
    walk = await openWalk(name);
  });
  afterAll(() => walk?.close());

  it.each(rows)('$what', longTest, async ({ does, expected }) => {
    const wanted = typeof expected === 'function' ? expected(walk.capabilities) : expected;
    expect(await does(walk)).toEqual(wanted);
  });
});

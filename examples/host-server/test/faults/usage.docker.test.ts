import { eventually } from '@moorage/core/testing';
import { createClient } from '@moorage/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newPlace, type Place } from '../support/host-process.js';
import { shell } from '../support/shell.js';
import { withBridgeAddress } from './support/docker-bridge-address.js';
import { longTest, patience } from './support/patience.js';

let bridge: { undo(): Promise<void> };
let place: Place;
beforeAll(async () => {
  bridge = await withBridgeAddress();
  place = await newPlace('docker');
});
afterAll(async () => {
  await place?.clean();
  await bridge?.undo();
});

it('what an agent in a container did is reported to the host server, once for each action', longTest, async () => {
  const { url, curls, token } = await place.start().ready();
  const calculate = curls[1] ?? '';
  for (let times = 0; times < 3; times += 1) expect(JSON.parse(await shell(calculate))).toMatchObject({ result: 8 });
  const client = createClient({ url, token });
  const events = await eventually(
    'three usage events',
    async () => {
      const { usage: found } = await client.listUsage({ customer_id: 'customer-demo' });
      return found.length >= 3 && found;
    },
    patience,
  );
  expect(events).toHaveLength(3);
  for (const event of events) {
    expect(event).toMatchObject({
      agent_id: 'agent.calculator.calculation',
      customer_id: 'customer-demo',
      action: 'calculate',
    });
    expect(event.duration).toBeGreaterThanOrEqual(0);
  }
});

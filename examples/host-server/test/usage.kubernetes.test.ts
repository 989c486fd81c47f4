import { createServer } from 'node:net';
import { eventually } from '@moorage/core/testing';
import { createClient } from '@moorage/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { longTest, patience } from './faults/support/patience.js';
import { clusterEnv } from './support/cluster-env.js';
import { failsToStart } from './support/fails-to-start.js';
import { newPlace, type Place } from './support/host-process.js';
import { kubectl } from './support/kubectl.js';
import { shell } from './support/shell.js';

let place: Place;
beforeEach(async () => {
  place = await newPlace('kubernetes', clusterEnv());
});
afterEach(async () => place?.clean());

/** An address of this machine that pods can reach, since the cluster runs on it, and a port there. */
async function freePlace(): Promise<string> {
  const path = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const address = await kubectl(['get', 'nodes', '-o', `jsonpath=${path}`]);
  const port = await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' ? bound?.port : undefined));
    });
  });
  return `${address}:${port}`;
}

it('what an agent in a pod did is reported to a host outside, once for each action', longTest, async () => {
  const MOORAGE_USAGE_URL = `http://${await freePlace()}/v1/usage`;
  const host = place.start({ MOORAGE_USAGE_URL });
  const { url, curls, token } = await host.ready();
  expect(host.output()).toContain(`agents report to ${MOORAGE_USAGE_URL}`);
  const calculate = curls[1] ?? '';
  for (let times = 0; times < 3; times += 1) expect(JSON.parse(await shell(calculate))).toMatchObject({ result: 8 });
  const client = createClient({ url, token });
  const events = await eventually(
    'three usage events',
    async () => {
      const { usage } = await client.listUsage({ customer_id: 'customer-demo' });
      return usage.length >= 3 && usage;
    },
    patience,
  );
  expect(events).toHaveLength(3);
  expect(events[0]).toMatchObject({ agent_id: 'agent.calculator.calculation', action: 'calculate' });
  // Only usage is taken there.
  const other = await fetch(MOORAGE_USAGE_URL.replace('usage', 'containers'));
  expect(other.status).toBe(404);
});

it('an address that is not of this machine is refused', longTest, async () => {
  const line = await failsToStart(place, { MOORAGE_USAGE_URL: 'http://192.0.2.1:3001/v1/usage' });
  expect(line).toMatch(/MOORAGE_USAGE_URL is .*cannot listen at port 3001 of 192\.0\.2\.1/);
});

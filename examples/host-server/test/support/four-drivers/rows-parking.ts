import type { DriverCapabilities } from '@moorage/core';
import type { ContainerRecord } from '@moorage/protocol';
import type { Row } from './rows.js';
import type { Walk } from './walk.js';

async function order(walk: Walk, action: string, body: object = {}) {
  const path = `/v1/containers/${await walk.id('main')}/${action}`;
  const { status, data, error } = await walk.api<ContainerRecord>('POST', path, { wait_ms: 150_000, ...body });
  if (error) return { status, code: error.code };
  return { status, phase: data.phase, told: data.status, ready: data.ready_instances, health: data.health };
}

/** Nothing of it runs; what else is left of a stopped one is the engine's own business. */
async function runningAfter(walk: Walk, action: string, body: object = {}) {
  const answer = await order(walk, action, body);
  const running = (await walk.instances('main')).filter(({ state }) => state === 'running');
  return { ...answer, running: running.length };
}

const ready = { status: 200, phase: 'ready', told: 'running', ready: 1, health: 'healthy' };
const parked = { status: 200, phase: 'parked', told: 'stopped', ready: 0, health: 'unknown', running: 0 };
const can =
  (depth: 'pause' | 'stop') =>
  ({ park }: DriverCapabilities) =>
    park.includes(depth);

/** Suspending and taking up again. A process counts in its memory, which only a pause keeps. */
export const parkingRows: readonly Row[] = [
  {
    what: 'counts in its memory',
    does: async ({ ask }) => [await ask('main', '/count'), await ask('main', '/count')],
    expected: ['1', '2'],
  },
  {
    what: 'pauses it',
    does: (walk) => runningAfter(walk, 'park', { depth: 'pause' }),
    expected: (has: DriverCapabilities) =>
      can('pause')(has) ? parked : { status: 422, code: 'unsupported', running: 1 },
  },
  {
    what: 'takes it up again with what it remembered',
    does: async (walk) => ({ ...(await order(walk, 'unpark')), count: await walk.ask('main', '/count') }),
    expected: { ...ready, count: '3' },
  },
  {
    what: 'parks it without memory',
    does: (walk) => runningAfter(walk, 'park', { depth: 'stop' }),
    expected: (has: DriverCapabilities) =>
      can('stop')(has) ? parked : { status: 422, code: 'unsupported', running: 1 },
  },
  {
    what: 'unparks it: it begins anew',
    does: async (walk) => ({ ...(await order(walk, 'unpark')), count: await walk.ask('main', '/count') }),
    expected: (has: DriverCapabilities) => ({ ...ready, count: can('stop')(has) ? '1' : '4' }),
  },
  { what: 'stops it', does: (walk) => runningAfter(walk, 'stop'), expected: parked },
  { what: 'stops what is stopped', does: (walk) => runningAfter(walk, 'stop'), expected: parked },
  { what: 'starts it', does: (walk) => order(walk, 'start'), expected: ready },
];

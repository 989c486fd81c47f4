import { seededRandom } from '@moorage/core';
import { expect, it } from 'vitest';
import { planOf } from './plan.js';
import { makeSchedule } from './schedule.js';

const plan = planOf('docker', 'churn', false);
const [round] = plan.one;

it('the same seed gives the same steps, another seed others', () => {
  if (!round) throw new Error('there is no round');
  const of = (seed: number) => makeSchedule(seededRandom(seed), round, plan.slots, 2);
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
});

it('the long form on Docker kills the host 100 times, PostgreSQL 10 times and the engine 5 times', () => {
  const steps = plan.one.flatMap((one) => makeSchedule(seededRandom(3), one, plan.slots, 1));
  const count = (kind: string) => steps.filter((step) => step.kind === kind).length;
  expect([count('kill-host'), count('kill-database'), count('kill-engine')]).toEqual([100, 10, 5]);
  expect(steps.every((step) => step.kind !== 'request' || step.slot < plan.slots)).toBe(true);
});

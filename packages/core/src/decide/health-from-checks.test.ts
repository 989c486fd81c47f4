import { expect, it } from 'vitest';
import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthCheckRecord } from '../model/health.js';
import type { ObservedInstance } from '../model/instance.js';
import { healthFromChecks } from './health-from-checks.js';

const now = 10_000_000;
const record = {
  desired: { health: { intervalMs: 10_000, failureThreshold: 3, startPeriodMs: 30_000 } },
  status: { lastReady: { hash: 'h1' } },
} as DeploymentRecord;
const instance = { name: 'one', state: 'running', templateHash: 'h2', startedAt: 0 } as ObservedInstance;
const check = (status: 'ok' | 'error', agoMs: number): HealthCheckRecord => ({
  ...{ deploymentId: 'd-1', instance: 'one', status, responseTimeMs: 1, load: undefined, errorMessage: undefined },
  checkedAt: now - agoMs,
});
const judge = (checks: readonly HealthCheckRecord[], change: Partial<ObservedInstance> = {}) =>
  healthFromChecks(record, [{ ...instance, ...change }], checks, now).get('one');

it('goes by the newest checks while they are fresh', () => {
  expect(judge([check('ok', 1_000), check('error', 11_000)])).toBe('healthy');
  expect(judge([1, 2, 3].map((second) => check('error', second * 1_000)))).toBe('unhealthy');
  expect(judge([check('error', 1_000), check('error', 2_000), check('ok', 3_000)])).toBe('starting');
});

it('forgives failures while an instance starts', () => {
  const failures = [1, 2, 3].map((second) => check('error', second * 1_000));
  expect(judge(failures, { startedAt: now - 5_000 })).toBe('starting');
});

it('takes over what was ready when nothing fresh is known', () => {
  const old = [1, 2, 3].map((hour) => check('error', hour * 3_600_000));
  expect(judge(old)).toBe('starting');
  expect(judge(old, { templateHash: 'h1' })).toBe('healthy');
  expect(judge([], { templateHash: 'h1' })).toBe('healthy');
});

it('says nothing of what does not run', () => {
  expect(judge([check('ok', 0)], { state: 'exited' })).toBeUndefined();
});

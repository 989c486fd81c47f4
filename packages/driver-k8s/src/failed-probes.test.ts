import { describe, expect, it } from 'vitest';
import { endingProbes, failedProbes } from './failed-probes.js';

const unhealthy = (message: string, times = 1) => ({ reason: 'Unhealthy', message, at: 0, times });

describe('failedProbes', () => {
  it("tells the check's own words", () => {
    const warnings = [unhealthy('Readiness probe failed: HTTP probe failed with statuscode: 503')];
    expect(failedProbes(warnings, 10)).toBe('HTTP probe failed with statuscode: 503');
  });

  it('takes a start for slow when it failed often only', () => {
    const refused = 'Startup probe failed: Get "http://10.0.0.1:8080/health": connect: connection refused';
    expect(failedProbes([unhealthy(refused, 9)], 10)).toBeUndefined();
    expect(failedProbes([unhealthy(refused, 10)], 10)).toMatch(/^Get "http.*connection refused$/);
  });

  it('knows of none where something else was told', () => {
    expect(failedProbes([{ reason: 'BackOff', message: 'Back-off', at: 0, times: 30 }], 1)).toBeUndefined();
  });

  it('tells of the check that had a container ended, not of one that only takes it out of service', () => {
    const readiness = unhealthy('Readiness probe failed: connect: connection refused');
    const liveness = unhealthy('Liveness probe failed: context deadline exceeded');
    expect(endingProbes([readiness, liveness], 5)).toBe('context deadline exceeded');
    expect(endingProbes([readiness], 5)).toBeUndefined();
  });
});

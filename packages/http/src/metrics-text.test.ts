import { expect, it } from 'vitest';
import { metricsText } from './metrics-text.js';

it('writes one family per name, with its kind', () => {
  expect(metricsText({ deployments: 2, 'probes_total{result="pass"}': 5, 'probes_total{result="fail"}': 1 })).toBe(
    [
      '# TYPE moorage_deployments gauge',
      'moorage_deployments 2',
      '# TYPE moorage_probes_total counter',
      'moorage_probes_total{result="pass"} 5',
      'moorage_probes_total{result="fail"} 1',
      '',
    ].join('\n'),
  );
});

it('makes names that the format allows, and keeps a prefix that is there', () => {
  expect(metricsText({ 'queue.depth': 1, moorage_up: 1, engineCalls: 3 })).toContain('moorage_queue_depth 1\n');
  expect(metricsText({ moorage_up: 1 })).toContain('\nmoorage_up 1\n');
  expect(metricsText({ engineCalls: 3 })).toContain('moorage_engine_calls 3');
});

it('writes the special values as the format does', () => {
  expect(metricsText({ a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY })).toMatch(
    /moorage_a NaN\n.*\nmoorage_b \+Inf\n.*\nmoorage_c -Inf/,
  );
});

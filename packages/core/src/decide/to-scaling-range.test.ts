import { type Manifest, parseManifest } from '@moorage/protocol/base';
import { describe, expect, it } from 'vitest';
import { toScalingRange } from './to-scaling-range.js';
import { toTemplate } from './to-template.js';

type Scaling = NonNullable<NonNullable<Manifest['runtime']>['scaling']>;

function rangeOf(scaling: Scaling | undefined, metrics: readonly ('cpu' | 'memory')[] = ['cpu', 'memory']) {
  const runtime = { image: 'calculator:1', resources: { cpu: '0.5' }, ...(scaling && { scaling }) };
  const { manifest } = parseManifest({ agent_id: 'agent.calculator', name: 'Calculator', version: '1.0.0', runtime });
  return toScalingRange(manifest, toTemplate(manifest, new Map()), { driver: 'some', metrics });
}

describe('toScalingRange', () => {
  it('is a fixed number without room to scale', () => {
    const fixed = { range: undefined, warnings: [] };
    expect(rangeOf(undefined)).toEqual(fixed);
    expect(rangeOf({ min: 3 })).toEqual(fixed);
    expect(rangeOf({ min: 2, max: 2, targets: [{ metric: 'load', value: 0.5 }] })).toEqual(fixed);
    expect(rangeOf({ min: 0, max: 1 })).toEqual(fixed);
  });

  it('aims at 80 % of cpu when nothing is said', () => {
    expect(rangeOf({ max: 4 })).toEqual({
      range: { min: 1, max: 4, targets: [{ metric: 'cpu', percent: 80 }], upWindowMs: undefined },
      warnings: [],
    });
  });

  it('takes the longer of window and cooldown in each direction', () => {
    const { range } = rangeOf({ max: 4, up_window_ms: 90_000, cooldown_ms: 60_000 });
    expect(range).toMatchObject({ upWindowMs: 90_000, downWindowMs: 60_000 });
  });

  it('warns where the engine cannot keep it, and of an end at none', () => {
    const load = rangeOf({ min: 2, max: 4, targets: [{ metric: 'load', value: 0.5 }] });
    expect(load.range).toBeUndefined();
    expect(load.warnings).toEqual([expect.stringContaining('scales by cpu and memory, not by load; 2 instances run')]);
    expect(rangeOf({ max: 4 }, []).warnings).toEqual([expect.stringContaining('has no autoscaler; 1 instance runs')]);
    const none = rangeOf({ min: 0, max: 4 });
    expect(none.range?.min).toBe(1);
    expect(none.warnings).toEqual([expect.stringContaining('runtime.scaling.min is 0')]);
  });

  it('refuses a percentage of what has no limit', () => {
    const targets = [{ metric: 'memory' as const, value: 70 }];
    expect(() => rangeOf({ max: 4, targets })).toThrow(
      expect.objectContaining({ code: 'invalid_argument', context: { field: 'runtime.resources.memory' } }),
    );
  });
});

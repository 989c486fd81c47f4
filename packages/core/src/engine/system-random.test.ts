import { describe, expect, it } from 'vitest';
import { systemRandom } from './system-random.js';

describe('systemRandom', () => {
  it('gives ids of the asked length in base32, never the same', () => {
    const ids = Array.from({ length: 200 }, () => systemRandom.id(16));
    for (const id of ids) expect(id).toMatch(/^[a-z2-7]{16}$/);
    expect(new Set(ids).size).toBe(200);
    expect(systemRandom.id(0)).toBe('');
  });

  it('gives numbers in [0, 1)', () => {
    for (let round = 0; round < 500; round += 1) {
      const value = systemRandom.next();
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
    }
  });
});

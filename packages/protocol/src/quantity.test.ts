import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBytes, parseCpu } from './quantity.js';

const settings = { seed: 7, numRuns: 300 };

describe('parseCpu', { timeout: 60_000 }, () => {
  it.each([
    ['0.5', 500],
    [0.5, 500],
    ['250m', 250],
    [2, 2000],
    ['1', 1000],
    ['0.001', 1],
    ['1.250', 1250],
    [' 4 ', 4000],
  ])('%j is %i thousandths', (quantity, millis) => {
    expect(parseCpu(quantity)).toBe(millis);
  });

  it.each(['', '0', '0m', '0.5m', '0.0001', '-1', '1e3', 'one', '1 core', '.5', '1.', 'NaN', '9'.repeat(30)])(
    '%j is refused',
    (quantity) => {
      expect(() => parseCpu(quantity)).toThrow(`"${quantity}"`);
    },
  );

  it('reads every number of thousandths in both forms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (millis) => {
        expect(parseCpu(`${millis}m`)).toBe(millis);
        expect(parseCpu((millis / 1000).toFixed(3))).toBe(millis);
      }),
      settings,
    );
  });
});

describe('parseBytes', { timeout: 60_000 }, () => {
  it.each([
    ['512Mi', 536_870_912],
    ['1Gi', 1_073_741_824],
    ['256M', 256_000_000],
    ['1.5Gi', 1_610_612_736],
    ['2k', 2000],
    ['2Ki', 2048],
    ['1T', 1e12],
    ['1Ti', 1_099_511_627_776],
    ['0.1G', 100_000_000],
    ['4096', 4096],
    [4096, 4096],
  ])('%j is %i bytes', (quantity, bytes) => {
    expect(parseBytes(quantity)).toBe(bytes);
  });

  it.each(['', '0', '0Mi', '512MB', '512mi', '-1Gi', '1.5', '0.3Ki', 'lots', '1 Gi', '9007199254740993', '99999Ti'])(
    '%j is refused',
    (quantity) => {
      expect(() => parseBytes(quantity)).toThrow(`"${quantity}"`);
    },
  );

  it('never rounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8_000_000 }), fc.constantFrom('Ki', 'Mi', 'Gi'), (count, unit) => {
        const factor = { Ki: 2n ** 10n, Mi: 2n ** 20n, Gi: 2n ** 30n }[unit] as bigint;
        expect(BigInt(parseBytes(`${count}${unit}`))).toBe(BigInt(count) * factor);
      }),
      settings,
    );
  });
});

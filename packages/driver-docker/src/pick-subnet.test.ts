import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastHost, pickSubnet } from './pick-subnet.js';

const range = '10.213.0.0/24';

it('knows the last address that a machine may have', () => {
  expect(lastHost('10.213.0.64/26')).toBe('10.213.0.126');
});

describe('pickSubnet', () => {
  it('gives each block once and then none, wherever the search begins', () => {
    fc.assert(
      fc.property(fc.nat(), (start) => {
        const taken: string[] = [];
        for (let subnet = pickSubnet(range, 26, taken, start); subnet; subnet = pickSubnet(range, 26, taken, start)) {
          taken.push(subnet);
        }
        expect([...taken].sort()).toEqual(['10.213.0.0/26', '10.213.0.128/26', '10.213.0.192/26', '10.213.0.64/26']);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it.each([
    ['a smaller one inside', ['10.213.0.10/32'], '10.213.0.64/26'],
    ['a wider one around', ['10.213.0.0/25'], '10.213.0.128/26'],
    ['neighbours outside', ['10.212.255.0/24', '10.213.1.0/24', '172.17.0.0/16'], '10.213.0.0/26'],
    ['what is no IPv4 block', ['fd00::/64', 'nonsense', '10.213.0.0/99', '999.0.0.0/8'], '10.213.0.0/26'],
    ['everything', ['0.0.0.0/0'], undefined],
  ])('heeds %s', (_, taken, expected) => {
    expect(pickSubnet(range, 26, taken, 0)).toBe(expected);
  });

  it('reads addresses of the upper half', () => {
    expect(pickSubnet('223.255.255.0/24', 26, ['223.255.255.0/26'], 0)).toBe('223.255.255.64/26');
  });

  it.each(['10.0.0.0/27', 'fd00::/8', '', '10.0.0.0'])('refuses the range "%s"', (bad) => {
    expect(() => pickSubnet(bad, 26, [], 0)).toThrowError(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

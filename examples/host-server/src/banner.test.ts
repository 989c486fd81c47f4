import { describe, expect, it } from 'vitest';
import { banner } from './banner.js';

const facts = {
  driver: { name: 'process', why: 'MOORAGE_DRIVER says so' },
  store: 'embedded PostgreSQL in .moorage/postgres',
  url: 'http://127.0.0.1:3000',
  token: { token: 'a-token', source: 'state folder' },
  tokenFile: '.moorage/token',
  calculator: { created: true, address: 'http://127.0.0.1:20000', customer: 'customer-demo' },
  usage: 'reported to the host',
} as const;

describe('banner', () => {
  it('ends with the sign that the host is ready', () => {
    expect(banner(facts).trimEnd().split('\n').at(-1)).toBe('Moorage is ready: http://127.0.0.1:3000');
  });

  it('prints three commands, with the token where it is needed', () => {
    const curls = banner(facts)
      .split('\n')
      .filter((line) => line.trim().startsWith('curl '));
    expect(curls).toHaveLength(3);
    expect(curls.filter((line) => line.includes('Bearer a-token'))).toHaveLength(2);
  });

  it('prints no token where there is none', () => {
    const open = banner({ ...facts, token: { token: undefined, source: 'none' } });
    expect(open).not.toContain('Authorization');
    expect(open).toContain('only this machine is served');
  });
});

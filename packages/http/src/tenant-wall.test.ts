import { describe, expect, it } from 'vitest';
import { accessOf, requireImage, requireOperator, requireScope } from './tenant-wall.js';

const operator = { subject: 'operator', scopes: ['container:manage'] };
const customer = { subject: 'app', tenant: 'a', scopes: ['container:manage'] };
const reader = { subject: 'reader', scopes: ['container:read'] };
const agent = { subject: 'agent', tenant: 'a', scopes: ['usage:report'] };

describe('accessOf', () => {
  it('lets an operator see all, or the customer it names', () => {
    expect(accessOf(operator, undefined)).toEqual({ tenant: undefined, actor: 'operator' });
    expect(accessOf(operator, 'b')).toEqual({ tenant: 'b', actor: 'operator' });
  });

  it('keeps a customer inside, whether it names itself or nobody', () => {
    expect(accessOf(customer, undefined)).toEqual({ tenant: 'a', actor: 'app' });
    expect(accessOf(customer, 'a')).toEqual({ tenant: 'a', actor: 'app' });
  });

  it.each(['b', 'A', ''])('answers a customer who names %j as if it were absent', (other) => {
    expect(() => accessOf(customer, other)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});

describe('requireScope', () => {
  it.each([
    [operator, ['read', 'manage', 'usage']],
    [reader, ['read']],
    [agent, ['usage']],
    [{ subject: 'nobody', scopes: [] }, []],
  ] as const)('%j opens exactly %j', (principal, open) => {
    for (const need of ['read', 'manage', 'usage'] as const) {
      const attempt = () => requireScope(principal, need);
      if ((open as readonly string[]).includes(need)) expect(attempt).not.toThrow();
      else expect(attempt).toThrow(expect.objectContaining({ code: 'permission_denied' }));
    }
  });
});

it('shows figures of all customers to operators only', () => {
  expect(() => requireOperator(operator)).not.toThrow();
  expect(() => requireOperator(reader)).not.toThrow();
  expect(() => requireOperator(customer)).toThrow('every customer');
  expect(() => requireOperator(agent)).toThrow(expect.objectContaining({ code: 'permission_denied' }));
});

it('a customer may run images, not what the machine of the host holds', () => {
  const customer = { subject: 'c', tenant: 'c', scopes: [] };
  const operator = { subject: 'o', scopes: [] };
  for (const runtime of [
    { build: { context: '/' } },
    { build: { context: '/' }, image: 'a:1' },
    { entrypoint: '/a.mjs' },
  ]) {
    expect(() => requireImage(customer, { runtime })).toThrow(/runtime\.(build|entrypoint|command)/);
    expect(() => requireImage(operator, { runtime })).not.toThrow();
  }
  expect(() => requireImage(customer, { runtime: { image: 'a:1' } })).not.toThrow();
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageAccess } from './usage-access.js';

const access = usageAccess('a key of this test');
const operator = { subject: 'operator', scopes: ['container:manage'] };
const authenticate = access.authenticate(async () => operator);
const request = (token: string) =>
  new Request('http://localhost/v1/usage', { headers: { authorization: `Bearer ${token}` } });

describe('usageAccess', () => {
  it('lets each customer’s agents report for that customer, and nothing more', async () => {
    const property = fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (tenant) => {
      expect(await authenticate(request(access.tokenFor(tenant)))).toEqual({
        subject: `agents of ${tenant}`,
        tenant,
        scopes: ['usage:report'],
      });
    });
    await fc.assert(property, { seed: 11, numRuns: 200 });
  });

  it('leaves every other token to the next in line', async () => {
    const other = usageAccess('another key').tokenFor('c');
    const swapped = access.tokenFor('a').replace(/^usage\.[^.]*/, `usage.${Buffer.from('b').toString('base64url')}`);
    for (const token of ['operator-token', other, swapped, 'usage.', 'usage..', 'usage.YQ']) {
      expect(await authenticate(request(token))).toBe(operator);
    }
  });

  it('gives agents nothing where they cannot reach the host', () => {
    expect(access.env(undefined)({ tenant: 'c', agentId: 'a' })).toEqual([]);
    expect(
      access
        .env('http://h/v1/usage')({ tenant: 'c', agentId: 'a' })
        .map(({ name }) => name),
    ).toEqual(['MOORAGE_USAGE_URL', 'MOORAGE_CUSTOMER_ID', 'MOORAGE_AGENT_ID', 'MOORAGE_USAGE_TOKEN']);
  });
});

import { describe, expect, it } from 'vitest';
import { createGate, isLoopbackPeer } from './gate.js';

const request = (url: string, headers: Record<string, string> = {}) => new Request(url, { headers });
const operator = { subject: 'operator', scopes: ['container:manage'] };

describe('without a token', () => {
  const gate = createGate({});

  it.each([
    ['http://127.0.0.1:3000/', {}],
    ['http://localhost/', {}],
    ['http://[::1]:1/', {}],
    ['http://localhost:3000/', { origin: 'http://localhost:3000' }],
    ['http://localhost:3000/', { 'sec-fetch-site': 'none' }],
  ])('serves %s with %j', async (url, headers) => {
    expect(await gate(request(url, headers))).toEqual(operator);
  });

  it.each([
    ['http://rebound.example/', {}],
    ['http://127.0.0.1.example/', {}],
    ['http://192.168.0.1/', {}],
    ['http://localhost:3000/', { origin: 'http://evil.example' }],
    ['http://localhost:3000/', { origin: 'http://localhost:4000' }],
    ['http://localhost:3000/', { origin: 'null' }],
    ['http://localhost:3000/', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses %s with %j', async (url, headers) => {
    await expect(gate(request(url, headers))).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('takes an empty token for none', async () => {
    await expect(createGate({ token: '' })(request('http://rebound.example/'))).rejects.toMatchObject({
      code: 'permission_denied',
    });
  });
});

it('asks for the token when there is one, wherever the caller is', async () => {
  const gate = createGate({ token: 'right' });
  await expect(gate(request('http://127.0.0.1/'))).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await gate(request('http://host.example/', { authorization: 'Bearer right' }))).toEqual(operator);
});

it('leaves it all to the identity provider when there is one', async () => {
  const customer = { subject: 's', tenant: 't', scopes: [] };
  const gate = createGate({ token: 'right', authenticate: async () => customer });
  expect(await gate(request('http://host.example/'))).toBe(customer);
});

it.each([
  ['127.0.0.1', true],
  ['::ffff:127.0.0.1', true],
  ['::1', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  [undefined, false],
])('peer %j is on this machine: %j', (address, expected) => {
  expect(isLoopbackPeer(address)).toBe(expected);
});

import { describe, expect, it } from 'vitest';
import { bearerAuthenticate, bearerToken, sameSecret } from './bearer.js';

const request = (authorization?: string) =>
  new Request('http://localhost/v1/containers', { headers: authorization ? { authorization } : {} });

describe('bearerToken', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer a.b-c_d', 'a.b-c_d'],
    ['Basic abc', undefined],
    ['Bearer ', undefined],
    ['Bearer a b', undefined],
  ])('reads %j as %j', (authorization, token) => {
    expect(bearerToken(request(authorization).headers)).toBe(token);
  });

  it('reads the subprotocol of a WebSocket', () => {
    expect(bearerToken(new Headers({ 'sec-websocket-protocol': 'moorage, bearer.xyz' }))).toBe('xyz');
  });
});

it('compares secrets of any length', () => {
  expect(sameSecret('a', 'a')).toBe(true);
  expect(sameSecret('a', 'ab')).toBe(false);
  expect(sameSecret('', 'a')).toBe(false);
});

describe('bearerAuthenticate', () => {
  const authenticate = bearerAuthenticate('right');

  it('lets the holder of the token in, as operator', async () => {
    expect(await authenticate(request('Bearer right'))).toEqual({ subject: 'operator', scopes: ['container:manage'] });
  });

  it.each([undefined, 'Bearer wrong', 'Bearer RIGHT', 'right'])('refuses %j', async (authorization) => {
    await expect(authenticate(request(authorization))).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('does not repeat a wrong token in its answer', async () => {
    const error = await authenticate(request('Bearer s3cr3t')).catch((thrown: Error) => thrown);
    expect(JSON.stringify({ error, message: (error as Error).message })).not.toContain('s3cr3t');
  });
});

import { verifyAuditChain } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { endpoints } from '@moorage/protocol';
import { expect } from 'vitest';
import { ask } from './ask.js';
import { type Fire, token } from './fire.js';
import { patience } from './patience.js';

export const customer = 'customer-1';

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: { readonly data?: { readonly container_id?: string }; readonly error?: { readonly code?: string } };
}

/** A request to the API as a client sends it. */
export async function request(fire: Fire, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fire.http.fetch(
    new Request(`http://host.test${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: (await answer.json()) as Answer['body'],
  };
}

/** Asks for one more agent, and does not wait for it. */
export function wish(fire: Fire, name: string): Promise<Answer> {
  const manifest = fire.world.manifest('good', { agentId: `agent.${name}` });
  return request(fire, 'POST', '/v1/containers', { customer_id: customer, manifest, wait_ms: 0 });
}

/** The one form of a refusal while the database cannot be used. */
export function expectRefused(answer: Answer): void {
  expect(answer).toMatchObject({ status: 503, body: { success: false, error: { code: 'unavailable' } } });
  expect(Number(answer.retryAfter)).toBeGreaterThan(0);
}

/** Wishes that go on until they are refused; the ids of those that were acknowledged. */
export async function wishUntilRefused(fire: Fire, prefix: string): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  await eventually(
    'a wish is refused',
    async () => {
      // Few of them get through, and each is an agent: as soon as the database is away, all are refused.
      const answer = await wish(fire, `${prefix}.${acknowledged.length}`);
      const id = answer.body.data?.container_id;
      if (answer.status < 300 && id !== undefined) {
        acknowledged.push(id);
        return false;
      }
      expectRefused(answer);
      return true;
    },
    patience,
  );
  return acknowledged;
}

/** While the database is away: what runs answers, the host is alive and not ready, and wishes are refused. */
export async function expectServing(
  fire: Fire,
  address: string,
  { mayBeReady = false }: { readonly mayBeReady?: boolean } = {},
): Promise<void> {
  expect((await ask(address)).customer).toBe(customer);
  expectRefused(await wish(fire, 'refused'));
  expect(await request(fire, 'GET', endpoints.healthz)).toMatchObject({ status: 200 });
  // One that can read and not write is told so when it next renews its leases.
  if (!mayBeReady) {
    const isUnready = async () => (await request(fire, 'GET', endpoints.readyz)).status !== 200;
    await eventually('the host is not ready', isUnready, patience);
    expectRefused(await request(fire, 'GET', endpoints.readyz));
  }
  expect((await ask(address)).customer).toBe(customer);
}

/** Once the database is back: wishes are taken, and everything that was acknowledged is there, ready and whole. */
export async function expectCaughtUp(fire: Fire, acknowledged: readonly string[]): Promise<void> {
  const late = await eventually(
    'a wish is taken again',
    async () => (await wish(fire, 'late')).body.data?.container_id,
    patience,
  );
  await eventually(
    'the host is ready again',
    async () => (await request(fire, 'GET', endpoints.readyz)).status === 200,
    patience,
  );
  const ids = [...acknowledged, late];
  await eventually(
    'every acknowledged agent is ready',
    async () => {
      const { items } = await fire.host.list();
      const ready = items.filter(({ phase, health }) => phase === 'ready' && health === 'healthy');
      // One that was refused may be there as well: the end of its commit was not heard.
      return ids.every((id) => ready.some(({ record }) => record.desired.id === id));
    },
    patience,
  );
  for (const id of ids) {
    const handle = await fire.host.get(id);
    expect((await ask(handle.address)).agent).toBe(handle.agentId);
    expect(verifyAuditChain(await handle.audit())).toBeUndefined();
  }
}

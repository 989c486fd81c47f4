import { expect, it } from 'vitest';
import { choose, type Tried, type Tries } from './choose-endpoints.js';
import type { EndpointKind } from './endpoint-kind.js';

/** Ways that answer, and which were tried. */
function ways(...answering: readonly EndpointKind[]): { readonly tries: Tries; readonly tried: Set<EndpointKind> } {
  const tried = new Set<EndpointKind>();
  const tries = async (kind: EndpointKind): Promise<Tried> => {
    tried.add(kind);
    return { where: `${kind}:8080`, failure: answering.includes(kind) ? undefined : 'ETIMEDOUT' };
  };
  return { tries, tried };
}

it.each([
  [['dns', 'pod', 'service', 'node-port'], 'dns'],
  [['service', 'pod'], 'pod'],
  [['node-port', 'service'], 'service'],
  [['node-port'], 'node-port'],
] as const)('of %j it takes %s', async (answering, expected) => {
  expect((await choose(ways(...answering).tries, undefined)).endpoints).toBe(expected);
});

it('opens no port of the nodes while another way answers', async () => {
  const { tries, tried } = ways('service');
  await choose(tries, undefined);
  expect(tried).not.toContain('node-port');
});

it('takes the way that was asked for, and tries no other', async () => {
  const { tries, tried } = ways('pod', 'node-port');
  expect(await choose(tries, 'node-port')).toMatchObject({ endpoints: 'node-port' });
  expect([...tried]).toEqual(['node-port']);
});

it('refuses a way that does not answer, and names one that does', async () => {
  await expect(choose(ways('service').tries, 'pod')).rejects.toMatchObject({
    code: 'invalid_argument',
    message:
      'Cannot reach agents by "pod" from here: pod:8080 does not answer (ETIMEDOUT). Choose "service", which answers, or leave the choice out',
  });
});

it.each([undefined, 'service'] as const)('says what was tried when nothing answers (asked for: %s)', async (wanted) => {
  const failure = choose(ways().tries, wanted);
  await expect(failure).rejects.toMatchObject({ code: 'unavailable' });
  await expect(failure).rejects.toThrow(/"dns" at dns:8080 \(ETIMEDOUT\), "pod".*"node-port".*ingressFrom/);
});

import { describe, expect, it } from 'vitest';
import type { EngineClient, EngineRequest } from './engine-client.js';
import { label } from './labels.js';
import { type NetworkKey, networkName, tenantNetworks } from './tenant-networks.js';

const { signal } = new AbortController();
const key = (tenant: string): NetworkKey => ({ owner: 'o', tenant, egress: 'internet' });

interface Network {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Labels: Record<string, string>;
  readonly IPAM: { readonly Config: readonly { readonly Subnet: string }[] };
}

/** An engine that knows networks; `beforeCreate` stands for other programs on it. */
function engineWithNetworks(beforeCreate: (networks: Network[]) => void = () => undefined) {
  const networks: Network[] = [];
  const attached = new Set<string>();
  let made = 0;
  const refuse = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode });
  const create = (body: Omit<Network, 'Id' | 'Created'>): void => {
    beforeCreate(networks);
    const subnet = body.IPAM.Config[0]?.Subnet;
    if (networks.some(({ Name }) => Name === body.Name))
      throw refuse(409, `network with name ${body.Name} already exists`);
    if (networks.some(({ IPAM }) => IPAM.Config[0]?.Subnet === subnet)) {
      throw refuse(403, 'Pool overlaps with other one on this address space');
    }
    made += 1;
    networks.push({ ...body, Id: `n${made}`, Created: String(made) });
  };
  const client: EngineClient = {
    address: 'test',
    async json<T>({ method, path, body }: EngineRequest) {
      await Promise.resolve();
      if (path === '/networks/create') return create(body as Network) as T;
      if (path === '/containers/json') {
        return [...attached].map((NetworkID) => ({
          NetworkSettings: { Networks: { [NetworkID]: { NetworkID } } },
        })) as T;
      }
      if (method === 'DELETE') {
        const index = networks.findIndex(({ Id }) => path.endsWith(`/${Id}`));
        networks.splice(index, 1);
        return undefined as T;
      }
      return [...networks] as T;
    },
    stream: () => Promise.reject(new Error('not used')),
  };
  return { client, networks, attached };
}

describe('tenantNetworks', () => {
  it('makes one network for many claims at once, and one per tenant', async () => {
    const engine = engineWithNetworks();
    const networks = tenantNetworks(engine.client, '10.213.0.0/16');
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, index) => networks.claim(key(`t${index % 2}`), signal)),
    );
    expect(new Set(ids).size).toBe(2);
    expect(engine.networks).toHaveLength(2);
  });

  it('chooses again when others take the subnet or the name first', async () => {
    let rounds = 0;
    const engine = engineWithNetworks((networks) => {
      rounds += 1;
      const subnet = (networks.at(-1)?.IPAM.Config[0]?.Subnet ?? '') as string;
      if (rounds > 3) return;
      const Subnet = ['10.213.0.0/26', '10.213.0.64/26', '10.213.0.128/26'][rounds - 1] ?? subnet;
      networks.push({ Id: `x${rounds}`, Name: `x${rounds}`, Created: '0', Labels: {}, IPAM: { Config: [{ Subnet }] } });
    });
    const networks = tenantNetworks(engine.client, '10.213.0.0/24');
    await networks.claim(key('t'), signal);
    const ours = engine.networks.find(({ Name }) => Name === networkName(key('t')));
    expect(ours?.IPAM.Config).toEqual([{ Subnet: '10.213.0.192/26' }]);
  });

  it('takes the network that another host of ours made meanwhile', async () => {
    const name = networkName(key('t'));
    const Labels = { [label.owner]: 'o' };
    const engine = engineWithNetworks((networks) => {
      if (networks.length > 0) return;
      networks.push({
        Id: 'theirs',
        Name: name,
        Created: '0',
        Labels,
        IPAM: { Config: [{ Subnet: '10.213.9.0/26' }] },
      });
    });
    expect(await tenantNetworks(engine.client, '10.213.0.0/16').claim(key('t'), signal)).toBe('theirs');
  });

  it('does not take a network of that name which is not ours', async () => {
    const engine = engineWithNetworks();
    engine.networks.push({ Id: 'f', Name: networkName(key('t')), Created: '0', Labels: {}, IPAM: { Config: [] } });
    await expect(tenantNetworks(engine.client, '10.213.0.0/16').claim(key('t'), signal)).rejects.toMatchObject({
      code: 'already_exists',
    });
  });

  it('says so when the range is used up', async () => {
    const networks = tenantNetworks(engineWithNetworks().client, '10.213.0.0/25');
    await networks.claim(key('a'), signal);
    await networks.claim(key('b'), signal);
    await expect(networks.claim(key('c'), signal)).rejects.toMatchObject({ code: 'resource_exhausted' });
  });

  it('collects what nothing is attached to, except what is being used right now', async () => {
    const engine = engineWithNetworks();
    const networks = tenantNetworks(engine.client, '10.213.0.0/16');
    await networks.claim(key('claimed'), signal);
    for (const tenant of ['attached', 'unused']) {
      const id = await networks.claim(key(tenant), signal);
      if (tenant === 'attached') engine.attached.add(id);
      networks.release(key(tenant));
    }
    await networks.collect('o', signal);
    const left = engine.networks.map(({ Name }) => Name).sort();
    expect(left).toEqual([networkName(key('attached')), networkName(key('claimed'))].sort());
    networks.release(key('claimed'));
    await networks.collect('o', signal);
    expect(engine.networks.map(({ Name }) => Name)).toEqual([networkName(key('attached'))]);
    // What was collected is made anew, not remembered.
    await networks.claim(key('unused'), signal);
    expect(engine.networks).toHaveLength(2);
  });
});

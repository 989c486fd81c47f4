import { MoorageError, type OwnerId, type TenantId } from '@moorage/core/driver';
import { engineWords, statusOf } from './classify-error.js';
import type { EngineClient } from './engine-client.js';
import type { ContainerSummary, NetworkSummary } from './engine-types.js';
import { label, labelFilter } from './labels.js';
import { lastHost, pickSubnet } from './pick-subnet.js';
import { shortHash } from './short-hash.js';

/** A tenant's wall: one bridge network per tenant, owner and kind of egress. */
export interface NetworkKey {
  readonly owner: OwnerId;
  readonly tenant: TenantId;
  readonly egress: 'none' | 'internet';
}

export interface TenantNetworks {
  /** Id of the network, made when absent. Until `release` it is not collected by this driver. */
  claim(key: NetworkKey, signal: AbortSignal): Promise<string>;
  release(key: NetworkKey): void;
  /** The id that was given is not there any more: somebody removed the network. */
  forget(key: NetworkKey): void;
  /** Removes the owner's networks that no container is attached to, ended ones counted. */
  collect(owner: OwnerId, signal: AbortSignal): Promise<void>;
}

/** Addresses for 61 instances and the bridge. */
const subnetPrefix = 26;
/** Rounds of choosing a subnet when other programs take the same one at the same time. */
const maxRounds = 16;

export function networkName({ owner, tenant, egress }: NetworkKey): string {
  return `moorage-${shortHash(owner, 8)}-${shortHash(tenant, 12)}${egress === 'none' ? '-internal' : ''}`;
}

export function tenantNetworks(client: EngineClient, range: string): TenantNetworks {
  const ids = new Map<string, string>();
  const claims = new Map<string, number>();
  let turn: Promise<unknown> = Promise.resolve();

  /** One at a time: subnets are picked from what the engine lists, and collecting must not cross a claim. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  const release = (key: NetworkKey): void => {
    const name = networkName(key);
    const left = (claims.get(name) ?? 1) - 1;
    if (left > 0) claims.set(name, left);
    else claims.delete(name);
  };

  return {
    async claim(key, signal) {
      const name = networkName(key);
      claims.set(name, (claims.get(name) ?? 0) + 1);
      try {
        const id =
          ids.get(name) ?? (await inTurn(async () => ids.get(name) ?? makeNetwork(client, range, key, signal)));
        ids.set(name, id);
        return id;
      } catch (error) {
        release(key);
        throw error;
      }
    },
    release,
    forget(key) {
      ids.delete(networkName(key));
    },
    collect(owner, signal) {
      return inTurn(async () => {
        for (const network of await unusedNetworks(client, owner, signal)) {
          if (claims.has(network.Name)) continue;
          ids.delete(network.Name);
          await removeNetwork(client, network.Id, signal);
        }
      });
    },
  };
}

/**
 * The network's id, found or made. Other programs may take a subnet, and other hosts of ours make it, at the same time.
 */
async function makeNetwork(client: EngineClient, range: string, key: NetworkKey, signal: AbortSignal): Promise<string> {
  const refused: string[] = [];
  for (let round = 0; round < maxRounds; round += 1) {
    const networks = await client.json<NetworkSummary[]>({ method: 'GET', path: '/networks', signal });
    const found = findOurs(networks, key);
    if (found) return found;
    const subnet = chooseSubnet(range, networks, refused, key);
    try {
      await client.json({ method: 'POST', path: '/networks/create', body: toNetworkOptions(key, subnet), signal });
    } catch (error) {
      if (!/overlap|already exists/i.test(engineWords(error))) throw error;
      refused.push(subnet);
    }
  }
  throw new MoorageError(
    'unavailable',
    `Cannot make a network for tenant "${key.tenant}": other programs took each subnet that was chosen`,
    { operation: 'driver.create', context: { range } },
  );
}

async function unusedNetworks(
  client: EngineClient,
  owner: OwnerId,
  signal: AbortSignal,
): Promise<readonly NetworkSummary[]> {
  const filters = labelFilter({ [label.owner]: owner });
  const networks = await client.json<NetworkSummary[]>({
    method: 'GET',
    path: '/networks',
    query: { filters },
    signal,
  });
  if (networks.length === 0) return [];
  const query = { filters, all: true };
  const containers = await client.json<ContainerSummary[]>({ method: 'GET', path: '/containers/json', query, signal });
  const used = usedNetworks(containers);
  return networks.filter(({ Name, Id }) => !used.has(Name) && !used.has(Id));
}

/** Two hosts that made it at the same moment agree on the older one. */
function findOurs(networks: readonly NetworkSummary[], key: NetworkKey): string | undefined {
  const named = networks.filter((network) => network.Name === networkName(key));
  const ours = named.filter((network) => network.Labels?.[label.owner] === key.owner);
  if (named.length > 0 && ours.length === 0) {
    throw new MoorageError(
      'already_exists',
      `Cannot make a network for tenant "${key.tenant}": a network named "${networkName(key)}" is there that is not ours`,
      { operation: 'driver.create' },
    );
  }
  const oldest = ours.sort((a, b) => (a.Created + a.Id < b.Created + b.Id ? -1 : 1))[0];
  return oldest?.Id;
}

function chooseSubnet(
  range: string,
  networks: readonly NetworkSummary[],
  refused: readonly string[],
  key: NetworkKey,
): string {
  const taken = networks.flatMap((network) => network.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
  const start = Number.parseInt(shortHash(networkName(key), 8), 16);
  const subnet = pickSubnet(range, subnetPrefix, [...taken, ...refused], start);
  if (subnet) return subnet;
  throw new MoorageError(
    'resource_exhausted',
    `Cannot make a network for tenant "${key.tenant}": every /${subnetPrefix} of "${range}" is taken. ` +
      'Remove deployments of other tenants, or give dockerDriver a wider networkRange',
    { operation: 'driver.create', context: { limit: 'networkRange', value: range } },
  );
}

function toNetworkOptions(key: NetworkKey, subnet: string): object {
  return {
    Name: networkName(key),
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: key.egress === 'none',
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      // The engine gives even an internal network a default route, to the host and thereby to all of the host's
      // addresses. Pointed at an address that nobody has, only the tenant's own network is left.
      Config: [{ Subnet: subnet, ...(key.egress === 'none' ? { AuxiliaryAddresses: deadGateway(subnet) } : {}) }],
    },
    Labels: {
      [label.owner]: key.owner,
      [label.kind]: 'network',
      [label.tenant]: key.tenant,
      [label.egress]: key.egress,
    },
  };
}

function deadGateway(subnet: string): object {
  return { DefaultGatewayIPv4: lastHost(subnet) };
}

function usedNetworks(containers: readonly ContainerSummary[]): ReadonlySet<string> {
  const attached = containers.flatMap((container) => Object.entries(container.NetworkSettings?.Networks ?? {}));
  return new Set(attached.flatMap(([name, { NetworkID }]) => (NetworkID ? [name, NetworkID] : [name])));
}

/** Gone already, or taken into use by another host since the list: both are fine. */
async function removeNetwork(client: EngineClient, id: string, signal: AbortSignal): Promise<void> {
  try {
    await client.json({ method: 'DELETE', path: `/networks/${id}`, signal });
  } catch (error) {
    const status = statusOf(error);
    if (status !== 404 && status !== 403 && status !== 409) throw error;
  }
}

import { engineRequest } from './engine-request.js';

/** This machine's address on the engine's own bridge (`docker0`), or undefined when the engine has none. */
export async function dockerBridge(): Promise<string | undefined> {
  try {
    const { status, text } = await engineRequest('GET', '/networks/bridge', 5_000);
    return status === 200 ? bridgeGateway(text) : undefined;
  } catch {
    return undefined;
  }
}

interface Network {
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
}

/** The IPv4 gateway in what the engine tells of a network; where it leaves it out, the first address of the subnet. */
export function bridgeGateway(text: string): string | undefined {
  const { IPAM } = JSON.parse(text) as Network;
  const addresses = (IPAM?.Config ?? []).map(({ Gateway, Subnet }) => Gateway ?? firstAddress(Subnet ?? ''));
  return addresses.find((address) => address !== undefined && /^\d+(\.\d+){3}$/.test(address));
}

function firstAddress(subnet: string): string | undefined {
  const match = /^(\d+\.\d+\.\d+\.)(\d+)\/\d+$/.exec(subnet);
  return match ? `${match[1]}${Number(match[2]) + 1}` : undefined;
}

import { expect, it } from 'vitest';
import { diagnoseAddresses } from './diagnose-addresses.js';

const address = (id: string, deploymentId: string, port: number | undefined) => ({
  ...{ id, deploymentId, port, tenant: 't', agentId: 'agent.a', createdAt: 0 },
});

it('finds nothing where every port has one deployment that is there', () => {
  const addresses = [address('a-1', 'd-1', 20_000), address('a-2', 'd-2', 20_001), address('a-3', 'd-3', undefined)];
  expect(diagnoseAddresses(addresses, new Set(['d-1', 'd-2', 'd-3']))).toEqual([]);
});

it('finds a port without a deployment, and one that two have', () => {
  const addresses = [address('a-1', 'd-1', 20_000), address('a-2', 'd-2', 20_000), address('a-3', 'd-9', 20_001)];
  expect(diagnoseAddresses(addresses, new Set(['d-1', 'd-2']))).toMatchObject([
    { kind: 'shared-port', deploymentId: 'd-2', message: 'Port 20000 is recorded for d-1 and for d-2' },
    { kind: 'stray-address', deploymentId: 'd-9' },
  ]);
});

import { expect, it } from 'vitest';
import { bridgeGateway } from './docker-bridge.js';

it.each([
  [{ IPAM: { Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }] } }, '172.17.0.1'],
  [{ IPAM: { Config: [{ Gateway: 'fd00::1' }, { Gateway: '10.0.0.1' }] } }, '10.0.0.1'],
  [{ IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] } }, '172.17.0.1'],
  [{ IPAM: { Config: [{ Subnet: '192.168.5.64/26' }] } }, '192.168.5.65'],
  [{ IPAM: { Config: [{ Subnet: 'fd00::/64' }] } }, undefined],
  [{ IPAM: { Config: null } }, undefined],
  [{}, undefined],
])('finds the gateway of %j', (network, gateway) => {
  expect(bridgeGateway(JSON.stringify(network))).toBe(gateway);
});

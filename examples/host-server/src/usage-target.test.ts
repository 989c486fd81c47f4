import { expect, it } from 'vitest';
import { usageTarget } from './usage-target.js';

const ports = [{ protocol: 'TCP', port: 3001 }];
const toAddress = (cidr: string) => [{ to: [{ ipBlock: { cidr } }], ports }];
const pods = { namespaceSelector: {}, podSelector: { matchLabels: { 'moorage.role': 'host' } } };
const home = { host: '127.0.0.1', port: 3000 };

it.each([
  ['http://192.168.1.5:3001', home, { host: '192.168.1.5', port: 3001 }, toAddress('192.168.1.5/32')],
  ['http://192.168.1.5:3001', { host: '0.0.0.0', port: 3001 }, undefined, toAddress('192.168.1.5/32')],
  ['http://192.168.1.5:3001', { host: '192.168.1.5', port: 3001 }, undefined, toAddress('192.168.1.5/32')],
  ['http://[fd00::5]:3001', home, { host: 'fd00::5', port: 3001 }, toAddress('fd00::5/128')],
  ['http://moorage-host.moorage.svc:3001', home, { host: '0.0.0.0', port: 3001 }, [{ to: [pods], ports }]],
  ['https://moorage.example.org', home, undefined, []],
] as const)('%s for a host at %j', (url, served, listen, egressTo) => {
  expect(usageTarget(new URL(`${url}/v1/usage`), served)).toEqual({ listen, egressTo });
});

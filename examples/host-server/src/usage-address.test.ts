import { expect, it } from 'vitest';
import { usageAddress } from './usage-address.js';

const linux = { platform: 'linux', dockerHost: undefined, bridge: '172.17.0.1' };

it.each([
  ['process', '127.0.0.1', linux, '127.0.0.1', undefined],
  ['process', '::1', linux, '[::1]', undefined],
  ['process', '0.0.0.0', linux, '127.0.0.1', undefined],
  ['docker', '127.0.0.1', linux, '172.17.0.1', '172.17.0.1'],
  ['docker', '0.0.0.0', linux, '172.17.0.1', undefined],
  ['docker', '192.168.1.5', linux, '192.168.1.5', undefined],
  ['docker', '127.0.0.1', { ...linux, bridge: undefined }, undefined, undefined],
  ['docker', '127.0.0.1', { ...linux, dockerHost: 'unix:///run/docker.sock' }, '172.17.0.1', '172.17.0.1'],
  ['docker', '127.0.0.1', { ...linux, dockerHost: 'tcp://10.0.0.1:2375' }, undefined, undefined],
  ['docker', '127.0.0.1', { ...linux, platform: 'darwin' }, 'host.docker.internal', undefined],
  ['memory', '127.0.0.1', linux, undefined, undefined],
] as const)('%s with HOST %s in %j: agents use %s', (driver, host, environment, expected, listen) => {
  expect(usageAddress(driver, host, environment)).toEqual({ host: expected, listen });
});

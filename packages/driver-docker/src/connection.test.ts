import { describe, expect, it } from 'vitest';
import { toConnection } from './connection.js';

const socket = (socketPath: string) => ({ kind: 'socket', socketPath });

describe('toConnection', () => {
  it.each([
    [{}, {}, socket('/var/run/docker.sock')],
    [{}, { DOCKER_HOST: 'unix:///run/other.sock' }, socket('/run/other.sock')],
    [{ socketPath: '/a.sock', host: 'tcp://b:1' }, { DOCKER_HOST: 'tcp://c:2' }, socket('/a.sock')],
    [{ host: '/run/x.sock' }, {}, socket('/run/x.sock')],
    [{ host: 'npipe:////./pipe/docker_engine' }, {}, socket('//./pipe/docker_engine')],
  ])('%j %j', (options, environment, expected) => {
    expect(toConnection(options, environment)).toEqual(expected);
  });

  it.each([
    ['tcp://engine.example', {}, { hostname: 'engine.example', port: 2375, tls: false }],
    ['engine.example:1234', {}, { hostname: 'engine.example', port: 1234, tls: false }],
    ['tcp://[::1]:2376', {}, { hostname: '::1', port: 2376, tls: true }],
    ['tcp://engine.example', { DOCKER_TLS_VERIFY: '1' }, { hostname: 'engine.example', port: 2376, tls: true }],
  ])('%s %j', (host, environment, expected) => {
    expect(toConnection({ host }, environment)).toMatchObject({ kind: 'tcp', ...expected });
  });

  it('refuses what it cannot reach', () => {
    expect(() => toConnection({ host: 'ssh://engine.example' }, {})).toThrow('use unix:///path or tcp://host:port');
  });
});

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKubernetesSettings } from './kubernetes-settings.js';
import { readSettings } from './settings.js';

describe('readSettings', () => {
  it('has a default for everything', () => {
    expect(readSettings({}, [])).toEqual({
      port: 3000,
      host: '127.0.0.1',
      driver: undefined,
      databaseUrl: undefined,
      stateFolder: resolve('.moorage'),
      token: undefined,
      secretsKey: undefined,
      ports: { from: 20_000, to: 20_999 },
      accessLog: false,
      kubernetes: readKubernetesSettings({}),
      remove: false,
    });
  });

  it('reads every variable', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      MOORAGE_DRIVER: 'process',
      DATABASE_URL: 'postgresql://u:p@db/x',
      MOORAGE_STATE: '/tmp/state',
      MOORAGE_TOKEN: 'x'.repeat(16),
      MOORAGE_SECRETS_KEY: 'ab'.repeat(32),
      MOORAGE_PORTS: '5000-5009',
      MOORAGE_ACCESS_LOG: '1',
    };
    expect(readSettings(env, ['--remove'])).toEqual({
      port: 0,
      host: '::1',
      driver: 'process',
      databaseUrl: 'postgresql://u:p@db/x',
      stateFolder: '/tmp/state',
      token: 'x'.repeat(16),
      secretsKey: Buffer.alloc(32, 0xab),
      ports: { from: 5000, to: 5009 },
      accessLog: true,
      kubernetes: readKubernetesSettings({}),
      remove: true,
    });
  });

  it('tells "no token" from "make one"', () => {
    expect(readSettings({ MOORAGE_TOKEN: '' }, []).token).toBe('');
  });

  it.each([
    [{ PORT: '65536' }, 'PORT'],
    [{ PORT: '-1' }, 'PORT'],
    [{ PORT: 'http' }, 'PORT'],
    [{ MOORAGE_DRIVER: 'podman' }, 'docker, kubernetes, process, memory'],
    [{ DATABASE_URL: 'mysql://x' }, 'postgresql://'],
    [{ MOORAGE_TOKEN: 'short' }, '16 to 512'],
    [{ MOORAGE_TOKEN: `with space${'x'.repeat(16)}` }, 'without spaces'],
    [{ MOORAGE_SECRETS_KEY: 'ab' }, '64 hexadecimal digits'],
    [{ MOORAGE_PORTS: '10-5' }, '20000-20999'],
    [{ MOORAGE_PORTS: '0-5' }, '20000-20999'],
    [{ MOORAGE_PORTS: 'all' }, '20000-20999'],
  ])('refuses %j and says what it may be', (env, part) => {
    expect(() => readSettings(env, [])).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => readSettings(env, [])).toThrow(part);
  });

  it('refuses an unknown argument', () => {
    expect(() => readSettings({}, ['--purge'])).toThrow('"--purge"');
  });

  it('never repeats a secret', () => {
    expect(() => readSettings({ MOORAGE_TOKEN: 'hunter2' }, [])).not.toThrow('hunter2');
    expect(() => readSettings({ DATABASE_URL: 'mysql://u:hunter2@x' }, [])).not.toThrow('hunter2');
    expect(() => readSettings({ MOORAGE_SECRETS_KEY: 'hunter2' }, [])).not.toThrow('hunter2');
  });
});

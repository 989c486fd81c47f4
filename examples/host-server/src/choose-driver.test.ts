import { describe, expect, it } from 'vitest';
import { chooseDriver } from './choose-driver.js';

const up = async () => ({ ok: true, version: '27.1', id: 'cluster-1' }) as const;
const down = async () => ({ ok: false, reason: 'Cannot reach the engine' }) as const;
const unasked = () => Promise.reject(new Error('It was asked'));

describe('chooseDriver', () => {
  it.each([
    [undefined, up, unasked, 'docker', 'it answers'],
    [undefined, down, unasked, 'process', 'no isolation'],
    ['docker', up, unasked, 'docker', 'MOORAGE_DRIVER'],
    ['kubernetes', unasked, up, 'kubernetes', 'MOORAGE_DRIVER'],
    ['process', unasked, unasked, 'process', 'MOORAGE_DRIVER'],
    ['memory', unasked, unasked, 'memory', 'MOORAGE_DRIVER'],
  ] as const)(
    '%j with Docker that is %o and a cluster that is %o: %s',
    async (wanted, docker, kubernetes, name, why) => {
      const chosen = await chooseDriver(wanted, { docker, kubernetes });
      expect(chosen.name).toBe(name);
      expect(chosen.why).toContain(why);
    },
  );

  it('does not quietly take another one than was asked for', async () => {
    await expect(chooseDriver('docker', { docker: down, kubernetes: unasked })).rejects.toThrow(
      'Cannot reach the engine. Start Docker, or set MOORAGE_DRIVER=process',
    );
    const cluster = chooseDriver('kubernetes', { docker: unasked, kubernetes: down });
    await expect(cluster).rejects.toThrow('Cannot reach the engine');
  });

  it('says which cluster it is', async () => {
    const { cluster } = await chooseDriver('kubernetes', { docker: unasked, kubernetes: up });
    expect(cluster).toBe('cluster-1');
  });
});

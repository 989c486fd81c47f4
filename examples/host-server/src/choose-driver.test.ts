import { describe, expect, it } from 'vitest';
import { chooseDriver } from './choose-driver.js';

const up = async () => ({ ok: true, version: '27.1' }) as const;
const down = async () => ({ ok: false, reason: 'Cannot reach the engine' }) as const;
const unasked = () => Promise.reject(new Error('Docker was asked'));

describe('chooseDriver', () => {
  it.each([
    [undefined, up, 'docker', 'it answers'],
    [undefined, down, 'process', 'no isolation'],
    ['docker', up, 'docker', 'MOORAGE_DRIVER'],
    ['process', unasked, 'process', 'MOORAGE_DRIVER'],
    ['memory', unasked, 'memory', 'MOORAGE_DRIVER'],
  ] as const)('%j with an engine that is %o: %s', async (wanted, ask, name, why) => {
    const chosen = await chooseDriver(wanted, ask);
    expect(chosen.name).toBe(name);
    expect(chosen.why).toContain(why);
  });

  it('does not quietly take another one than was asked for', async () => {
    await expect(chooseDriver('docker', down)).rejects.toThrow(
      'Cannot reach the engine. Start Docker, or set MOORAGE_DRIVER=process',
    );
  });
});

import type { DeploymentHandle, Host } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './ask.js';
import { logged } from './logged.js';
import { longTest, patience, readyIn } from './patience.js';
import { type Kind, openWorld, type World } from './world.js';

interface Deed {
  readonly deed: string;
  /** What an end by it may be told as. */
  readonly reason: RegExp;
  readonly words: RegExp;
  act(world: World, instance: string, pid: number): Promise<unknown> | unknown;
}

const deeds: Readonly<Partial<Record<Kind, readonly Deed[]>>> = {
  docker: [
    {
      deed: 'docker kill',
      reason: /^signal$/,
      words: /SIGKILL/,
      act: ({ engine }, name) => engine.call('POST', `/containers/${name}/kill`),
    },
    {
      deed: 'docker stop',
      reason: /^exit-code$/,
      words: /exit code 0/,
      act: ({ engine }, name) => engine.call('POST', `/containers/${name}/stop?t=60`),
    },
    {
      deed: 'docker rm -f',
      // The engine kills first: that may be seen, or only that it is gone.
      reason: /^(operator|signal)$/,
      words: /was removed from outside|SIGKILL/,
      act: ({ engine }, name) => engine.call('DELETE', `/containers/${name}?force=true`),
    },
  ],
  process: [
    {
      deed: 'kill -9',
      reason: /^signal$/,
      words: /SIGKILL/,
      act: (_world, _name, pid) => process.kill(pid, 'SIGKILL'),
    },
    { deed: 'kill', reason: /^exit-code$/, words: /exit code 0/, act: (_world, _name, pid) => process.kill(pid) },
  ],
};

/** What somebody does past the host is seen, told, and made good under the same address. */
export function deedsByHand(kind: Kind): void {
  let world: World;
  let host: Host;
  beforeAll(async () => {
    world = await openWorld(kind);
    host = await world.host();
  });
  afterAll(() => world?.close());

  it.each(deeds[kind] ?? [])('$deed: replaced, and told as an incident', longTest, async ({ deed, ...expected }) => {
    const agentId = `agent.${deed.replaceAll(/[^a-z0-9]+/g, '-')}`;
    const handle = await host.deploy(world.manifest('good', { agentId }), { tenant: 'customer-1' });
    await handle.ready(readyIn);
    const { address } = handle;
    const before = (await onlyInstance(handle)) ?? '';
    expect(before).not.toBe('');
    await expected.act(world, before, (await ask(address)).pid);
    const after = await eventually(
      'another instance is ready',
      async () => {
        if (handle.phase !== 'ready') return false;
        const name = await onlyInstance(handle);
        return name !== undefined && name !== before && name;
      },
      patience,
    );
    expect(handle.address).toBe(address);
    expect(await ask(address)).toMatchObject({ agent: agentId });
    const incidents = await handle.incidents();
    expect(incidents).toMatchObject([
      {
        instance: before,
        reason: expect.stringMatching(expected.reason),
        message: expect.stringMatching(expected.words),
      },
    ]);
    await logged(world, 'info create', after);
    await handle.remove();
    await handle.gone(readyIn);
  });

  it('nothing is left', async () => {
    expect(await world.leftovers(host.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
  });
}

/** Undefined while there is more than one: the old one may still be on its way out. */
async function onlyInstance(handle: DeploymentHandle): Promise<string | undefined> {
  const { instances } = await handle.view();
  return instances.length === 1 ? instances[0]?.observed.name : undefined;
}

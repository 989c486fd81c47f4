import type { DeploymentHandle, Host } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import type { ManifestRuntime } from '@moorage/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './ask.js';
import { type EmptyRegistry, emptyRegistry } from './empty-registry.js';
import { chattyLastLine, type Mode } from './fault-agent.js';
import { logged } from './logged.js';
import { longTest, patience, readyIn } from './patience.js';
import { type Kind, logMaxBytes, openWorld, type World } from './world.js';

/** Short, for agents that fail their checks in any case: nothing depends on how soon they start. */
const impatient: ManifestRuntime = {
  grace_ms: 200,
  probes: { interval_ms: 200, timeout_ms: 150, failure_threshold: 3, start_period_ms: 1_000 },
};

/** What the user is told of an agent that never becomes healthy. */
interface Expected {
  readonly what: string;
  readonly mode: Mode;
  readonly runtime: ManifestRuntime;
  readonly incident: string;
  /** In the incident's words, in the reason and in the error of `ready()`. */
  readonly words: RegExp;
}

const failing: readonly Expected[] = [
  { what: 'exits at once', mode: 'exits', runtime: {}, incident: 'exit-code', words: /ended: exit code 3/ },
  {
    what: 'never listens',
    mode: 'deaf',
    runtime: impatient,
    incident: 'probe-failed',
    words: /failed its health checks: .+/,
  },
  {
    what: 'listens on another port',
    mode: 'other-port',
    runtime: impatient,
    incident: 'probe-failed',
    words: /failed its health checks: .+/,
  },
  {
    what: 'answers 500',
    mode: 'broken',
    runtime: { ...impatient, probes: { ...impatient.probes, start_period_ms: 3_000 } },
    incident: 'probe-failed',
    words: /failed its health checks: .*500/,
  },
];

/** Agents that do what they should not, all of them at once on one host. */
export function misbehavingAgents(kind: Kind): void {
  let world: World;
  let host: Host;
  const handles = new Map<string, DeploymentHandle>();
  const handleOf = (name: string) => {
    const handle = handles.get(name);
    if (!handle) throw new Error(`${name} was not deployed`);
    return handle;
  };

  beforeAll(async () => {
    world = await openWorld(kind);
    host = await world.host();
    const deploy = async (mode: Mode, runtime: ManifestRuntime, name: string = mode) =>
      handles.set(
        name,
        await host.deploy(world.manifest(mode, { runtime, agentId: `agent.${name}` }), { tenant: 'customer-1' }),
      );
    for (const { mode, runtime } of failing) await deploy(mode, runtime);
    await deploy('stubborn', { grace_ms: 500 });
    await deploy('chatty', {});
    await deploy('good', {});
    await deploy('good', await missing(), 'missing');
    await deploy('good', kind === 'docker' ? { image: '127.0.0.1:1/moorage/nowhere:1' } : {}, 'unreachable');
  });
  afterAll(() => world?.close());

  /** Of what is not there; for Docker in a registry that does answer. */
  async function missing(): Promise<ManifestRuntime> {
    if (kind !== 'docker') return { entrypoint: '/nowhere/agent.mjs' };
    const registry = await emptyRegistry();
    registries.push(registry);
    return { image: `${registry.address}/moorage/missing:1` };
  }

  describe.each(failing)('an agent that $what', ({ mode, incident, words }) => {
    it('is told as a crash loop: in status, error, incident and log', longTest, async () => {
      const handle = handleOf(mode);
      await expect(handle.ready(readyIn)).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(new RegExp(`Crash loop.*${words.source}`)),
      });
      const view = await handle.view();
      expect(view.phase).toBe('failed');
      expect(view.reason).toMatch(/^Crash loop: \d+ attempts ended in a row/);
      const incidents = await handle.incidents();
      expect(incidents.length).toBeGreaterThanOrEqual(3);
      const told = incidents.find((one) => one.reason === incident && words.test(one.message));
      expect(told?.logs.map(({ text }) => text)).toContain(`this is a ${mode} agent`);
      if (incident === 'exit-code') expect(told?.exit).toMatchObject({ code: 3 });
      await logged(world, told?.instance ?? '?', incident === 'exit-code' ? 'it ended' : 'it is unhealthy');
    });
  });

  it('something missing to run is told with its name, and is no crash loop', longTest, async () => {
    const handle = handleOf('missing');
    const name = kind === 'docker' ? 'moorage/missing' : '/nowhere/agent.mjs';
    await expect(handle.ready(readyIn)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(new RegExp(`Cannot start an instance: .*${name}`)),
    });
    expect((await handle.view()).phase).toBe('failed');
    const [incident] = await handle.incidents();
    expect(incident).toMatchObject({ reason: 'start-failed', message: expect.stringContaining(name) });
    await logged(world, 'warn create', name);
  });

  const onDocker = kind === 'docker' ? it : undefined;
  onDocker?.('a registry that does not answer is told with its address', longTest, async () => {
    const handle = handleOf('unreachable');
    const view = await eventually(
      'the registry is named',
      async () => {
        const seen = await handle.view();
        return seen.reason.includes('127.0.0.1:1') && seen;
      },
      patience,
    );
    expect(view.phase).not.toBe('ready');
    await logged(world, 'warn create', '127.0.0.1:1');
  });

  it('one that writes 100 MB of logs stays healthy, and its log stays small', longTest, async () => {
    const handle = await handleOf('chatty').ready(readyIn);
    const texts = await eventually(
      'its last line',
      async () => {
        const lines: string[] = [];
        for await (const line of handle.logs({ tail: 10_000 })) lines.push(line.text);
        return lines.at(-1) === chattyLastLine && lines;
      },
      patience,
    );
    expect(texts.reduce((sum, text) => sum + text.length + 1, 0)).toBeLessThanOrEqual(logMaxBytes);
    expect(handle.phase).toBe('ready');
    expect(await handle.incidents()).toEqual([]);
  });

  it('the others do not suffer', longTest, async () => {
    const handle = await handleOf('good').ready(readyIn);
    expect(await ask(handle.address)).toMatchObject({ mode: 'good', customer: 'customer-1' });
    expect(await handle.incidents()).toEqual([]);
  });

  it('all of them can be removed, one that ignores SIGTERM too, and nothing is left', longTest, async () => {
    await handleOf('stubborn').ready(readyIn);
    expect(await world.openPorts()).not.toEqual([]);
    for (const handle of handles.values()) await handle.remove();
    for (const handle of handles.values()) await handle.gone(readyIn);
    expect(await world.leftovers(host.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
    expect((await host.list()).items).toEqual([]);
    expect((await host.check()).problems).toEqual([]);
  });
}

const registries: EmptyRegistry[] = [];
afterAll(async () => {
  for (const registry of registries.splice(0)) await registry.close();
});

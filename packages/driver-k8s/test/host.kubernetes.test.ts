import { createHost, type DeploymentHandle, type Host, memoryStore, systemClock, systemRandom } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';

let rig: KubernetesRig;
let host: Host;
beforeAll(async () => {
  rig = await kubernetesRig();
  host = await createHost({ driver: rig.anotherDriver(), resyncMs: 1_000 });
});
afterAll(async () => {
  await host?.close();
  await rig?.close();
});

const manifest = (given: object = {}, more: object = {}) => ({
  agent_id: 'agent.conformance',
  name: 'Conformance',
  version: '1.0.0',
  ...more,
  runtime: {
    image: rig.image,
    command: ['node', '/agent/agent.mjs'],
    env: [{ name: 'TOKEN', value: 'swordfish', secret: true }],
    grace_ms: 1_000,
    probes: { interval_ms: 1_000, timeout_ms: 900 },
    ...given,
  },
});

async function ask(deployment: DeploymentHandle, path: string): Promise<string> {
  return eventually(
    `${path} is answered`,
    async () => {
      const response = await fetch(`${deployment.address}${path}`);
      return response.ok && response.text();
    },
    later,
  );
}

const instancesOf = async (deployment: DeploymentHandle) => (await deployment.view()).instances;

describe('a host on Kubernetes', () => {
  it('deploys, scales, parks, replaces what is lost, rolls a bad version back, and removes all of it', async () => {
    const deployment = await host.deploy(manifest(), { tenant: 'customer-1' });
    await deployment.ready({ timeoutMs: 100_000 });
    expect(JSON.parse(await ask(deployment, '/env?name=TOKEN'))).toBe('swordfish');

    await deployment.scale(2);
    await deployment.ready({ timeoutMs: 100_000 });
    expect(await instancesOf(deployment)).toHaveLength(2);

    const [lost] = await instancesOf(deployment);
    const [pod] = await rig.cluster.list('Pod', `moorage.deployment=${deployment.id}`);
    await rig.cluster.remove('Pod', pod?.metadata.namespace, pod?.metadata.name ?? '');
    await eventually(
      'two others are ready',
      async () => {
        const { phase, instances } = await deployment.view();
        const names = instances.map(({ observed }) => observed.name);
        return phase === 'ready' && names.length === 2 && !names.includes(pod?.metadata.name ?? '');
      },
      later,
    );
    expect(lost).toBeDefined();

    await deployment.park();
    await eventually('nothing runs', async () => (await instancesOf(deployment)).length === 0, later);
    await deployment.unpark();
    await deployment.ready({ timeoutMs: 100_000 });
    expect(await ask(deployment, '/health')).toContain('ok');

    const env = [{ name: 'EXIT_CODE', value: '7' }];
    await deployment.update(manifest({ env, rollout_deadline_ms: 3_000 }, { version: '2.0.0' }));
    await eventually(
      'it is rolled back',
      async () => {
        const { phase, reason } = await deployment.view();
        return phase === 'degraded' && /Rolled back/.test(reason) && /exit code 7/.test(reason);
      },
      later,
    );
    expect(JSON.parse(await ask(deployment, '/env?name=TOKEN'))).toBe('swordfish');

    await deployment.remove();
    await deployment.gone({ timeoutMs: 100_000 });
    const owner = `moorage.deployment=${deployment.id}`;
    for (const kind of ['Deployment', 'Pod', 'Service', 'Secret', 'NetworkPolicy'] as const) {
      expect(await rig.cluster.list(kind, owner)).toEqual([]);
    }
  });

  it('tells of an end what it was, with the last words', async () => {
    const deployment = await host.deploy(manifest(), { tenant: 'customer-2' });
    await deployment.ready({ timeoutMs: 100_000 });
    await ask(deployment, '/log?stream=stdout&text=famous');
    await fetch(`${deployment.address}/exit?code=3`);
    const incident = await eventually('an incident', async () => (await deployment.incidents())[0], later);
    expect(incident.exit?.code).toBe(3);
    expect(incident.logs.map(({ text }) => text)).toContain('famous');
    await deployment.remove();
    await deployment.gone({ timeoutMs: 100_000 });
    // What is left is on its way out, whether the host goes on or not.
    for (const { metadata } of await rig.cluster.list('Namespace', `moorage.owner=${host.owner}`)) {
      if (metadata.annotations?.['moorage.tenant-id'] === 'customer-2')
        expect(metadata.deletionTimestamp).toBeDefined();
    }
  });

  it('states anew what it finds stated with other settings, and restarts nothing for it', async () => {
    const data = memoryStore({ clock: systemClock, random: systemRandom });
    const monitoring = { namespaceSelector: { matchLabels: { team: 'monitoring' } } };
    const start = (ingressFrom: readonly object[]) =>
      createHost({ driver: rig.anotherDriver({ ingressFrom }), store: data.open(), resyncMs: 1_000 });
    const first = await start([]);
    const made = await first.deploy(manifest({ env: [] }), { tenant: 'customer-3' });
    await made.ready({ timeoutMs: 100_000 });
    const selector = `moorage.deployment=${made.id}`;
    const pods = async () => (await rig.cluster.list('Pod', selector)).map(({ metadata }) => metadata.uid);
    const walls = async () =>
      JSON.stringify((await rig.cluster.list('NetworkPolicy', selector)).map(({ spec }) => spec));
    const before = await pods();
    expect(before).toHaveLength(1);
    expect(await walls()).not.toContain('monitoring');
    await first.close();

    await using second = await start([monitoring]);
    await eventually('its walls let the others in', async () => (await walls()).includes('monitoring'), later);
    const again = await second.get(made.id);
    await again.ready({ timeoutMs: 100_000 });
    expect(await pods()).toEqual(before);
    await again.remove();
    await again.gone({ timeoutMs: 100_000 });
  });
});

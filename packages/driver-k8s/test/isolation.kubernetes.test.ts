import { connect } from 'node:net';
import type { ObservedInstance, Workload } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPolicies } from '../src/index.js';
import type { PodObject } from '../src/kube-objects.js';
import { namespaceName, objectName } from '../src/labels.js';
import { type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';
import { uniqueName } from './test-cluster.js';

let rig: KubernetesRig;
/** Tenant A has two of one agent and a caller that declares B's agent; tenant B has one that others may declare. */
let [alice, amos, caller, bob, mute]: (Party | undefined)[] = [];

interface Party {
  readonly wish: Workload;
  readonly instance: ObservedInstance;
}

async function party(given: Parameters<KubernetesRig['workload']>[0]): Promise<Party> {
  const wish = rig.workload(given);
  const [instance] = (await rig.serve(wish)).instances;
  if (!instance) throw new Error('it has no instance');
  await rig.ask(instance, '/health');
  return { wish, instance };
}

beforeAll(async () => {
  rig = await kubernetesRig();
  alice = await party({ tenant: 'a', agentId: 'agent.alice' });
  amos = await party({ tenant: 'a', agentId: 'agent.amos' });
  bob = await party({ tenant: 'b', agentId: 'agent.bob' });
  caller = await party({ tenant: 'a', agentId: 'agent.caller', template: { peers: ['agent.bob'] } });
  mute = await party({ tenant: 'a', agentId: 'agent.mute', template: { egress: 'none' } });
});
afterAll(() => rig?.close());

const hostOf = (one: Party | undefined) => one?.instance.endpoint?.host ?? '';

/** Asked until it is so: nothing says when a policy is in force. */
function reaches(from: Party | undefined, host: string, port: number, wanted: 'yes' | 'no'): Promise<boolean> {
  return eventually(
    `${from?.wish.agentId} to ${host}:${port} is "${wanted}"`,
    async () => (await rig.ask(from?.instance, `/reach?host=${host}&port=${port}`)).startsWith(wanted),
    later,
  );
}

interface NodeObject {
  readonly status: {
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
  };
}

/** From here it can be reached: what an agent does not reach is there. */
function connects(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 20_000 });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    socket.once('error', reject);
  });
}

const serviceOf = ({ wish }: Party) =>
  `${objectName(wish.deploymentId)}.${namespaceName(wish.owner, wish.tenant)}.svc.cluster.local`;

describe('an agent', () => {
  it('reaches its own tenant, by address and by name', async () => {
    await reaches(alice, hostOf(amos), 8080, 'yes');
    await reaches(amos, serviceOf(alice as Party), 8080, 'yes');
  });

  it("does not reach another tenant's, in either direction", async () => {
    await reaches(alice, hostOf(bob), 8080, 'no');
    await reaches(alice, serviceOf(bob as Party), 8080, 'no');
    await reaches(bob, hostOf(alice), 8080, 'no');
    expect(await rig.ask(bob?.instance, '/health')).toContain('ok');
  });

  it('reaches what it declares as its peer, and is not reached by it', async () => {
    await reaches(caller, hostOf(bob), 8080, 'yes');
    await reaches(bob, hostOf(caller), 8080, 'no');
  });

  it('reaches neither the API server nor its node, both of which are there', async () => {
    const space = namespaceName(rig.owner, 'a');
    const pod = await rig.cluster.get<PodObject>('Pod', space, alice?.instance.name ?? '');
    const path = `/api/v1/nodes/${pod?.spec?.nodeName}`;
    const node = await rig.cluster.client.json<NodeObject>({ method: 'GET', path, ...rig.call() });
    const host = node.status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
    const { port } = new URL(rig.cluster.client.address);
    for (const listening of [Number(port || 443), node.status.daemonEndpoints.kubeletEndpoint.Port]) {
      await connects(host, listening);
      await reaches(alice, host, listening, 'no');
    }
    await reaches(alice, 'kubernetes.default.svc.cluster.local', 443, 'no');
  });

  it('without egress still finds its own tenant, and nothing else', async () => {
    await reaches(mute, hostOf(alice), 8080, 'yes');
    await reaches(mute, hostOf(bob), 8080, 'no');
  });
});

describe('verifyPolicies', () => {
  it('finds out that this cluster enforces them, and leaves nothing', async () => {
    const { kubeconfig } = rig.cluster;
    const verdict = await verifyPolicies({ kubeconfig, image: rig.image, imagePullPolicy: 'Never' });
    expect(verdict).toMatchObject({ policies: 'enforced' });
    await eventually('nothing is left', async () => {
      const left = await rig.cluster.list('Namespace', 'moorage.role=probe');
      return left.every(({ metadata }) => metadata.deletionTimestamp !== undefined);
    });
  });

  it('finds it out in one namespace, too, also where that denies all by itself', async () => {
    const name = uniqueName('moorage-shared');
    const { kubeconfig } = rig.cluster;
    await rig.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    try {
      await rig.cluster.create({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'deny-all', namespace: name },
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      });
      const verdict = await verifyPolicies({ kubeconfig, namespace: name, image: rig.image, imagePullPolicy: 'Never' });
      expect(verdict).toMatchObject({ policies: 'enforced' });
      await eventually('its pods are gone', async () => (await rig.cluster.list('Pod', '', name)).length === 0, later);
      expect(await rig.cluster.list('NetworkPolicy', 'moorage.role=probe', name)).toEqual([]);
    } finally {
      await rig.cluster.remove('Namespace', undefined, name);
    }
  });

  it('says what to do where it does not know: an agent that needs walls is refused', async () => {
    const careful = rig.anotherDriver({ policies: undefined });
    for (const template of [{ isolated: true }, { egress: 'none' as const }]) {
      const wish = rig.workload({ template });
      await expect(careful.apply(wish, rig.call())).rejects.toMatchObject({ code: 'unsupported' });
      expect(await rig.describe(wish.deploymentId)).toBeUndefined();
    }
  });
});

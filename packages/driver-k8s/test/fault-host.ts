import { createHost, type DeploymentHandle, type DeployOptions, type Host, verifyAuditChain } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { expect } from 'vitest';
import type { KubernetesDriverOptions } from '../src/index.js';
import type { PodObject } from '../src/kube-objects.js';
import { get } from './kubernetes-harness.js';
import { type KubernetesRig, kubernetesRig } from './kubernetes-rig.js';
import { uniqueName } from './test-cluster.js';

/** For states: a cluster that was stopped needs its time. Nothing here depends on how long something took. */
export const patience = { deadlineMs: 150_000 };
export const readyIn = { timeoutMs: 150_000 };
export const longTest = { timeout: 300_000 };

export interface FaultDeployOptions extends Partial<DeployOptions> {
  /** More of the manifest's `runtime`. */
  readonly runtime?: Readonly<Record<string, unknown>>;
}

/** A whole host on the test cluster, to which things happen. */
export interface FaultHost {
  readonly rig: KubernetesRig;
  readonly host: Host;
  readonly tenant: string;
  deploy(name: string, options?: FaultDeployOptions): Promise<DeploymentHandle>;
  /** `listenDelayMs`: so long after its start the new version begins to listen. Default at once. */
  update(handle: DeploymentHandle, version: string, listenDelayMs?: number): Promise<void>;
  /** What the agent at its address says its version is; rejects when it does not answer. */
  versionAt(handle: DeploymentHandle): Promise<string>;
  /** Its pods on the cluster, whoever made them: name and restarts. */
  pods(handle: DeploymentHandle): Promise<readonly string[]>;
  /** Types of everything that was told of a deployment. */
  told(handle: DeploymentHandle): Promise<readonly string[]>;
  /** Why its phase has changed, each time. */
  changes(handle: DeploymentHandle): Promise<readonly string[]>;
  /** Looks at everything that has to hold when nothing is under way. */
  atRest(expected: readonly (readonly [handle: DeploymentHandle, instances: number])[]): Promise<void>;
  /** Waits until the host has looked at the cluster again. */
  answersAgain(): Promise<void>;
  /** Takes all down; nothing of it may be left on the cluster. */
  close(): Promise<void>;
}

const manifestOf = (
  image: string,
  name: string,
  version: string,
  listenDelayMs = 0,
  runtime: Readonly<Record<string, unknown>> = {},
) => ({
  agent_id: `agent.${name}`,
  name,
  version: `${version}.0.0`,
  runtime: {
    image,
    command: ['node', '/agent/agent.mjs'],
    env: [
      { name: 'VERSION', value: version },
      { name: 'LISTEN_DELAY_MS', value: String(listenDelayMs) },
      { name: 'TOKEN', value: 'swordfish', secret: true },
    ],
    grace_ms: 1_000,
    rollout_deadline_ms: 300_000,
    probes: { interval_ms: 2_000, timeout_ms: 1_900, failure_threshold: 6, start_period_ms: 120_000 },
    ...runtime,
  },
});

export async function faultHost(
  options: (rig: KubernetesRig) => KubernetesDriverOptions = () => ({}),
): Promise<FaultHost> {
  const rig = await kubernetesRig();
  const tenant = uniqueName('tenant');
  const host = await createHost({ driver: rig.anotherDriver(options(rig)), resyncMs: 1_000 });
  const pods = async (handle: DeploymentHandle) => {
    const found = await rig.cluster.list<PodObject>('Pod', `moorage.deployment=${handle.id}`);
    return found
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata, status }) => `${metadata.name} ${status?.containerStatuses?.[0]?.restartCount ?? 0}`)
      .sort();
  };
  const fault: FaultHost = {
    rig,
    host,
    tenant,
    pods,
    deploy: (name, { runtime, ...more } = {}) =>
      host.deploy(manifestOf(rig.image, name, '1', 0, runtime), { tenant, ...more }),
    async update(handle, version, listenDelayMs) {
      await handle.update(manifestOf(rig.image, handle.agentId.slice('agent.'.length), version, listenDelayMs));
    },
    async versionAt(handle) {
      const { hostname, port } = new URL(handle.address);
      const { status, body } = await get(hostname, Number(port), '/env?name=VERSION');
      if (status !== 200) throw new Error(`${handle.address} answered ${status}`);
      return String(JSON.parse(body));
    },
    async told(handle) {
      const types: string[] = [];
      for await (const { type } of handle.events({ after: 'start', once: true })) types.push(type);
      return types;
    },
    changes: async (handle) =>
      (await handle.audit()).flatMap(({ action, cause }) => (action === 'phase' ? [cause] : [])),
    answersAgain: () =>
      eventually('the cluster answers', async () => (await host.check()).ready, patience).then(() => {}),
    async atRest(expected) {
      for (const [handle, wanted] of expected) {
        await eventually(
          `${handle.agentId} has ${wanted}`,
          async () => (await pods(handle)).length === wanted,
          patience,
        );
        expect(await handle.incidents()).toEqual([]);
        expect(verifyAuditChain(await handle.audit())).toBeUndefined();
      }
      await eventually('no problem', async () => (await host.check()).problems.length === 0, patience);
    },
    async close() {
      await host.close({ remove: true });
      const left = () => rig.cluster.leftovers(host.owner);
      await eventually('nothing is left', async () => (await left()).length === 0, patience);
      await rig.close();
    },
  };
  return fault;
}

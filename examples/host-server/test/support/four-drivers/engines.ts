import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Driver, memoryDriver, memoryEngine, systemClock, systemRandom } from '@moorage/core';
import { conformanceAgentSource, eventually } from '@moorage/core/testing';
import { dockerDriver, localNodeImage } from '@moorage/driver-docker';
import { kubernetesDriver } from '@moorage/driver-k8s';
import { processDriver } from '@moorage/driver-process';
import type { ManifestRuntime } from '@moorage/protocol';
import { emptyRegistry } from '../../faults/support/empty-registry.js';
import { engineByHand } from '../../faults/support/engine-by-hand.js';
import { patience } from '../../faults/support/patience.js';
import { loadImage } from '../load-image.js';
import { leftOnCluster } from './left-on-cluster.js';
import { memoryAgent } from './memory-agent.js';

export const engineNames = ['memory', 'process', 'docker', 'kubernetes'] as const;
export type EngineName = (typeof engineNames)[number];

/** One engine with the conformance agent on it, and what the table needs beside the REST API. */
export interface TestEngine {
  readonly driver: Driver;
  /** The agent as this engine runs it. */
  readonly agent: ManifestRuntime;
  /** Something that this engine would run if it were there. */
  readonly missing: ManifestRuntime;
  /** An address stays the same; without a gateway in front it is that of an instance. */
  readonly steady: boolean;
  /** Body of what an agent answers at its address. */
  ask(address: string, path: string): Promise<string>;
  /** Names of all that an owner has on the engine, looked at past the driver. */
  leftovers(owner: string): Promise<readonly string[]>;
  close(owner: string): Promise<void>;
}

const command = ['node', '/agent/agent.mjs'];

export const openEngine: Readonly<Record<EngineName, () => Promise<TestEngine>>> = {
  memory: openMemory,
  process: openProcess,
  docker: openDocker,
  kubernetes: openKubernetes,
};

/** A gateway holds a request until an instance is there; an agent that has just been replaced may cut one off. */
async function askOverHttp(address: string, path: string): Promise<string> {
  return eventually(
    `${address}${path} is answered`,
    async () => {
      const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(30_000) });
      return answer.ok && answer.text();
    },
    patience,
  );
}

async function openMemory(): Promise<TestEngine> {
  const engine = memoryEngine({ clock: systemClock, random: systemRandom });
  const missing = 'moorage/missing:1';
  const { MoorageError } = await import('@moorage/protocol');
  engine.behave('moorage/agent:1', memoryAgent);
  engine.behave(missing, { createError: new MoorageError('invalid_argument', `There is no image "${missing}"`) });
  return {
    driver: memoryDriver({ engine }),
    agent: { image: 'moorage/agent:1', command },
    missing: { image: missing },
    steady: false,
    async ask(address, path) {
      const answer = engine.request(Number(new URL(address).port), path);
      if (answer?.status !== 200) throw new Error(`${address}${path}: ${answer?.status ?? 'no answer'}`);
      return answer.body;
    },
    leftovers: async (owner) => engine.leftovers(owner),
    close: async () => {},
  };
}

async function openProcess(): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-four-'));
  const entrypoint = join(folder, 'agent.mjs');
  await writeFile(entrypoint, conformanceAgentSource);
  const state = join(folder, 'state');
  const looking = processDriver({ folder: state });
  const left = (owner: string) => looking.list({ owner }, { signal: AbortSignal.timeout(60_000) });
  return {
    driver: processDriver({ folder: state }),
    agent: { language: 'node', entrypoint },
    missing: { entrypoint: join(folder, 'moorage', 'missing') },
    steady: true,
    ask: askOverHttp,
    leftovers: async (owner) => (await left(owner)).instances.map(({ name }) => name),
    async close(owner) {
      for (const { name } of (await left(owner)).instances) {
        const signal = AbortSignal.timeout(60_000);
        await looking.remove(name, { owner, signal, graceMs: 0, purge: true });
      }
      await looking.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** An image of the agent, and a registry that has none; each engine its own, so that they can be open in any order. */
async function image() {
  const tag = `moorage-four-${randomBytes(6).toString('hex')}:1`;
  const registry = await emptyRegistry();
  await localNodeImage({ tag, files: { '/agent/agent.mjs': conformanceAgentSource }, command });
  return {
    tag,
    missing: { image: `${registry.address}/moorage/missing:1` },
    async close() {
      await registry.close();
      await engineByHand().removeImage(tag);
    },
  };
}

async function openDocker(): Promise<TestEngine> {
  const { tag, missing, close } = await image();
  const engine = engineByHand();
  return {
    driver: dockerDriver(),
    agent: { image: tag, command },
    missing,
    steady: true,
    ask: askOverHttp,
    leftovers: (owner) => engine.leftovers(owner),
    async close(owner) {
      await engine.sweep(owner);
      await close();
    },
  };
}

async function openKubernetes(): Promise<TestEngine> {
  const { tag, missing, close } = await image();
  await loadImage(tag);
  const kubeconfig = process.env.MOORAGE_TEST_KUBECONFIG || process.env.KUBECONFIG;
  return {
    driver: kubernetesDriver({ kubeconfig, policies: 'enforced' }),
    agent: { image: tag, command },
    missing,
    steady: true,
    ask: askOverHttp,
    leftovers: leftOnCluster,
    close,
  };
}

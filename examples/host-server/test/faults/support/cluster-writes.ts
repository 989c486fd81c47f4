import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aesSecrets, createHost, diagnose, type Host, verifyAuditChain } from '@moorage/core';
import { conformanceAgentSource, eventually } from '@moorage/core/testing';
import { localNodeImage } from '@moorage/driver-docker';
import { kubernetesDriver } from '@moorage/driver-k8s';
import type { Manifest } from '@moorage/protocol';
import { expect } from 'vitest';
import { kubectl } from '../../support/kubectl.js';
import { loadImage } from '../../support/load-image.js';
import { type BundledProgram, bundledProgram } from './bundled-program.js';
import { engineByHand } from './engine-by-hand.js';
import { patience, readyIn } from './patience.js';
import { type TestPostgres, testPostgres } from './postgres.js';

/** What a host that is going to die between two writes is told. */
export interface WriterOrder {
  readonly action: 'deploy' | 'update' | 'remove';
  /** It dies after so many. */
  readonly writes: number;
  readonly manifest: Manifest;
  readonly tenant: string;
  readonly url: string;
  readonly schema: string;
  readonly hostId: string;
  readonly secretsKey: string;
  readonly kubeconfig: string;
}

const tenant = 'customer-1';

/** Hosts on one cluster and one database, each case with an installation of its own. */
export interface WriterWorld {
  /** Runs the action to its end; resolves with how many writes it takes, and what there is then. */
  whole(action: WriterOrder['action']): Promise<{ readonly writes: number; readonly inventory: Inventory }>;
  /**
   * Kills a host after so many writes, and looks what the next start makes of it. False: it was whole before that,
   * since the run by which the writes were counted had to ask the cluster once more than this one.
   */
  killed(action: WriterOrder['action'], writes: number, inventory: Inventory): Promise<boolean>;
  /** As `killed` for a deploy, and it is not wanted any more before any host comes back to it. */
  unwanted(writes: number): Promise<void>;
  /** Waits until nothing is left of all that was there. */
  nothingLeft(): Promise<void>;
  close(): Promise<void>;
}

/** Objects of one owner by kind. */
export type Inventory = Readonly<Record<string, number>>;

export async function writerWorld(): Promise<WriterWorld> {
  const kubeconfig = process.env.MOORAGE_TEST_KUBECONFIG || process.env.KUBECONFIG || '';
  const folder = await mkdtemp(join(tmpdir(), 'moorage-faults-'));
  const nobody = join(folder, 'nobody.json');
  await writeFile(nobody, JSON.stringify(kubeconfigOfNobody));
  const image = `moorage-faults-${randomBytes(6).toString('hex')}:1`;
  await localNodeImage({ tag: image, files: { '/agent/agent.mjs': conformanceAgentSource }, command: command.slice() });
  await loadImage(image);
  const postgres = await testPostgres();
  const program = await bundledProgram('doomed-writer.ts');
  const parts: Parts = { kubeconfig, image, postgres, program, secretsKey: randomBytes(32).toString('hex') };
  const owners = new Set<string>();
  const cases = () => newCase(parts, owners);
  return {
    whole: (action) => runWhole(cases(), action),
    killed: (action, writes, inventory) => runKilled(cases(), action, writes, inventory),
    unwanted: (writes) => runUnwanted(cases(), writes, nobody),
    async nothingLeft() {
      await Promise.all([...owners].map(gone));
    },
    async close() {
      for (const owner of owners) await sweep(owner);
      await program.close();
      await postgres.close();
      await engineByHand().removeImage(image);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Parts {
  readonly kubeconfig: string;
  readonly image: string;
  readonly postgres: TestPostgres;
  readonly program: BundledProgram;
  readonly secretsKey: string;
}

const command = ['node', '/agent/agent.mjs'];

/** One installation. */
function newCase({ kubeconfig, image, postgres, program, secretsKey }: Parts, owners: Set<string>) {
  const schema = postgres.schema();
  const hostId = `h-${schema}`;
  const manifest = (version: string): Manifest => ({
    agent_id: 'agent.faults',
    name: 'Faults',
    version: `${version}.0.0`,
    runtime: {
      image,
      command,
      env: [
        { name: 'VERSION', value: version },
        { name: 'TOKEN', value: `swordfish-${version}`, secret: true },
      ],
      // A range, which is one object more; nothing of this brings the memory near its upper end.
      resources: { memory: '512Mi' },
      scaling: { min: 2, max: 3, targets: [{ metric: 'memory', value: 99 }] },
      grace_ms: 1_000,
      rollout_deadline_ms: 300_000,
      probes: { interval_ms: 2_000, timeout_ms: 1_900, failure_threshold: 6, start_period_ms: 120_000 },
    },
  });
  const driver = (where = kubeconfig) => kubernetesDriver({ kubeconfig: where, policies: 'enforced' });
  const one = {
    manifest,
    driver,
    async start(where?: string): Promise<Host> {
      const secrets = aesSecrets(Buffer.from(secretsKey, 'hex'));
      const host = await createHost({
        driver: driver(where),
        store: await postgres.store(schema),
        ...{ secrets, hostId, resyncMs: 1_000 },
      });
      owners.add(host.owner);
      return host;
    },
    async run(action: WriterOrder['action'], writes: number) {
      const order: WriterOrder = {
        ...{ action, writes, tenant, schema, hostId, secretsKey, kubeconfig },
        manifest: manifest(action === 'update' ? '2' : '1'),
        url: postgres.url,
      };
      return program.run(order);
    },
    /** What store and cluster tell differently. */
    async differences(owner: string): Promise<readonly string[]> {
      const store = await postgres.store(schema);
      const looking = driver();
      try {
        const { findings } = await diagnose({ store, driver: looking, now: Date.now() });
        expect(await store.owner()).toBe(owner);
        return findings.filter(({ differs }) => differs).map(({ message }) => message);
      } finally {
        await looking.close();
        await store.close();
      }
    },
  };
  return one;
}

type Case = ReturnType<typeof newCase>;

/** What the action needs to be there before. Returns the installation's id. */
async function prepare(one: Case, action: WriterOrder['action']): Promise<string> {
  const host = await one.start();
  if (action !== 'deploy') {
    await (await host.deploy(one.manifest('1'), { tenant })).ready(readyIn);
  }
  await host.close();
  return host.owner;
}

async function runWhole(one: Case, action: WriterOrder['action']) {
  const owner = await prepare(one, action);
  const { code, output, errors } = await one.run(action, Number.MAX_SAFE_INTEGER);
  if (code !== 0) throw new Error(`"${action}" was not carried out: ${errors}`);
  const found = await inventoryOf(owner);
  const host = await one.start();
  await host.close({ remove: true });
  return { writes: Number(output), inventory: found };
}

async function runKilled(
  one: Case,
  action: WriterOrder['action'],
  writes: number,
  inventory: Inventory,
): Promise<boolean> {
  const owner = await prepare(one, action);
  const { signal, code, errors } = await one.run(action, writes);
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`it was not killed: ${code} ${errors}`);
  const host = await one.start();
  try {
    expect(host.owner).toBe(owner);
    if (action === 'remove') {
      await eventually('nothing is wanted', async () => (await host.list()).items.length === 0, patience);
    } else await asWanted(one, host, action === 'update' ? '2' : '1', inventory);
    return signal === 'SIGKILL';
  } finally {
    await host.close({ remove: true });
  }
}

/** All is as if nobody had died. */
async function asWanted(one: Case, host: Host, version: string, inventory: Inventory): Promise<void> {
  const { items } = await host.list({ tenant });
  expect(items).toHaveLength(1);
  const handle = await host.get(items[0]?.record.desired.id ?? '');
  await handle.ready(readyIn);
  expect(await answerOf(handle.address, 'VERSION')).toBe(version);
  expect(await answerOf(handle.address, 'TOKEN')).toBe(`swordfish-${version}`);
  expect(await handle.incidents()).toEqual([]);
  expect(verifyAuditChain(await handle.audit())).toBeUndefined();
  let last: Inventory = {};
  await eventually(
    'there is what there should be',
    async () => {
      last = await inventoryOf(host.owner);
      return JSON.stringify(last) === JSON.stringify(inventory);
    },
    patience,
  ).catch(() => expect(last).toEqual(inventory));
  await eventually('it has settled', async () => (await one.differences(host.owner)).length === 0, patience);
  expect((await host.check()).problems).toEqual([]);
}

async function runUnwanted(one: Case, writes: number, nobody: string): Promise<void> {
  await prepare(one, 'deploy');
  const { signal, code, errors } = await one.run('deploy', writes);
  if (signal !== 'SIGKILL') throw new Error(`it was not killed: ${code} ${errors}`);
  // On a host that does not reach the cluster: the next one that does finds only that it is not wanted.
  const blind = await one.start(nobody);
  const [found] = (await blind.list()).items;
  await (await blind.get(found?.record.desired.id ?? '')).remove();
  await blind.close();
  const host = await one.start();
  await eventually('nothing is wanted', async () => (await host.list()).items.length === 0, patience);
  await host.close();
}

async function answerOf(address: string, name: string): Promise<string> {
  const answer = await fetch(`${address}/env?name=${name}`, { signal: AbortSignal.timeout(60_000) });
  return String(await answer.json());
}

const kinds = [
  'namespaces',
  'resourcequotas',
  'secrets',
  'services',
  'pods',
  'deployments',
  'networkpolicies',
  'poddisruptionbudgets',
  'horizontalpodautoscalers',
];

async function inventoryOf(owner: string): Promise<Inventory> {
  const args = ['get', kinds.join(), '--all-namespaces', '-l', `moorage.owner=${owner}`, '-o', 'name'];
  const counts: Record<string, number> = {};
  for (const name of (await kubectl(args)).split('\n').filter(Boolean).sort()) {
    const kind = name.split('/')[0] ?? '';
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const gone = (owner: string) =>
  eventually(`nothing of ${owner} is left`, async () => Object.keys(await inventoryOf(owner)).length === 0, patience);

/** What a failed case has left. */
async function sweep(owner: string): Promise<void> {
  if (Object.keys(await inventoryOf(owner)).length === 0) return;
  await kubectl(['delete', 'namespaces', '-l', `moorage.owner=${owner}`, '--wait=false']);
}

const kubeconfigOfNobody = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'u', user: {} }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'c',
};

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processDriver } from '@moorage/driver-process';
import { chaosAgentSource } from './chaos-agent.js';
import type { Belonging, Rig, Seen } from './rig.js';

interface Spec {
  readonly instanceId: string;
  readonly name: string;
  readonly owner: string;
  readonly tenant: string;
  readonly deploymentId: string;
}

/** Processes of this machine, in a state folder of their own. */
export async function processRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-chaos-'));
  const program = join(folder, 'agent.mjs');
  await writeFile(program, chaosAgentSource);
  const state = join(folder, 'state');
  const agents = () => agentProcesses(program);
  return {
    order: { kind: 'process', folder: state },
    source: { language: 'node', entrypoint: program },
    canPause: true,
    keepsVolumes: true,
    orchestrates: false,
    driver: () => processDriver({ folder: state }),
    look: (owner) => look(state, owner, agents),
    belongings: (owner) => belongings(state, owner),
    async lives(owner) {
      const seen = await look(state, owner, agents);
      const running = await agents();
      return new Map(
        seen.map(({ name, identity }) => [name, `${identity} ${running.get(identity)?.map(({ pid }) => pid)}`]),
      );
    },
    async close(owners) {
      const driver = processDriver({ folder: state });
      for (const owner of owners) {
        const signal = AbortSignal.timeout(60_000);
        const { instances } = await driver.list({ owner }, { signal });
        await Promise.all(instances.map(({ name }) => driver.remove(name, { owner, signal, graceMs: 0, purge: true })));
      }
      await driver.close();
      for (const { pid } of [...(await agents()).values()].flat()) process.kill(pid, 'SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface AgentProcess {
  readonly pid: number;
  /** As the system tells it: T is stopped by a signal. */
  readonly state: string;
}

/** Every process on this machine that runs the program, by the instance that it says it is; past the state folder. */
async function agentProcesses(program: string): Promise<ReadonlyMap<string, readonly AgentProcess[]>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = new Map<string, AgentProcess[]>();
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  await Promise.all(
    pids.map(async (pid) => {
      if (!(await read(pid, 'cmdline')).includes(`\0${program}\0`)) return;
      const instance = /(?:^|\0)MOORAGE_INSTANCE_ID=([^\0]*)/.exec(await read(pid, 'environ'))?.[1];
      const stat = await read(pid, 'stat');
      const state = stat.slice(stat.lastIndexOf(')') + 2)[0] ?? 'Z';
      if (instance === undefined || state === 'Z') return;
      found.set(instance, [...(found.get(instance) ?? []), { pid: Number(pid), state }]);
    }),
  );
  return found;
}

async function look(
  state: string,
  owner: string,
  agents: () => Promise<ReadonlyMap<string, readonly AgentProcess[]>>,
): Promise<readonly Seen[]> {
  const names = await readdir(join(state, 'instances')).catch(() => []);
  const specs = (await Promise.all(names.map((name) => readSpec(join(state, 'instances', name))))).flatMap(
    (spec) => spec ?? [],
  );
  const running = await agents();
  const seen = specs
    .filter((spec) => spec.owner === owner)
    .map(({ name, instanceId, deploymentId, tenant }): Seen => {
      const [first] = running.get(instanceId) ?? [];
      const state = first === undefined ? 'ended' : first.state === 'T' ? 'paused' : 'running';
      return { name, identity: instanceId, deploymentId, tenant, state };
    });
  const known = new Set(specs.map(({ instanceId }) => instanceId));
  const strays = [...running].filter(([id]) => !known.has(id));
  return [...seen, ...strays.map(([id]) => stray(id))];
}

/** An agent without a folder: on its way out, or an orphan; at a quiet point there is none. */
function stray(identity: string): Seen {
  return { name: `a process of ${identity}`, identity, deploymentId: '', tenant: '', state: 'running' };
}

async function readSpec(folder: string): Promise<Spec | undefined> {
  const text = await readFile(join(folder, 'spec.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Spec);
}

async function belongings(state: string, owner: string): Promise<readonly Belonging[]> {
  const entries = async (room: string) => readdir(join(state, room)).catch(() => []);
  const [staging, trash, ports, volumes] = await Promise.all(['staging', 'trash', 'ports', 'volumes'].map(entries));
  const holders = await Promise.all(
    (ports ?? []).map((port) => readFile(join(state, 'ports', port), 'utf8').catch(() => '')),
  );
  return [
    ...[...(staging ?? []), ...(trash ?? [])].map((name) => ({ what: `half-made or half-removed ${name}` })),
    ...(ports ?? []).map((port, index) => ({ what: `port ${port}`, instance: holders[index]?.trim() })),
    ...(volumes ?? []).map((name) => ({
      what: `volume ${name}`,
      deploymentId: name.startsWith(`${owner}.`) ? name.slice(owner.length + 1) : undefined,
    })),
  ];
}

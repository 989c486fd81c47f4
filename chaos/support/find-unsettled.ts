import { connect } from 'node:net';
import { type DeploymentRecord, diagnose } from '@moorage/core';
import { ask } from './ask.js';
import type { Belonging, Seen } from './rig.js';
import type { Scene } from './scene.js';
import type { Slot } from './slots.js';
import { absent, type Wish } from './wish.js';

/** What a quiet point found. */
export interface Look {
  /** What is not as it has to be; empty: all is well. */
  readonly problems: readonly string[];
  readonly records: readonly DeploymentRecord[];
  readonly seen: readonly Seen[];
}

/** Compares what was acknowledged with the store, the engine, the addresses and the doctor's findings. */
export async function findUnsettled(scene: Scene): Promise<Look> {
  const { rig, store, owner, slots, hosts, known } = scene;
  const records = (await store.list({}, { limit: 1_000 })).items;
  const seen = await rig.look(owner);
  for (const { desired } of records) {
    const slot = slots.find(({ tenant, agentId }) => tenant === desired.tenant && agentId === desired.agentId);
    if (slot) known.set(desired.id, slot);
  }
  const problems = [
    ...slots.flatMap((slot) => slotProblems(slot, records, seen, rig.orchestrates)),
    ...strayProblems(records, seen, await rig.belongings(owner)),
    ...(await portProblems(scene, records)),
    ...(await hostProblems(hosts.map(({ apiUrl }) => apiUrl))),
  ];
  // Only where all else is well: it costs more.
  if (problems.length === 0) problems.push(...(await doctorProblems(scene)), ...(await answerProblems(scene, records)));
  return { problems, records, seen };
}

/** The wish that a record holds. */
export function wishOf(record: DeploymentRecord | undefined): Wish {
  if (!record || record.desired.deletedAt !== undefined) return absent;
  const { manifest, replicas, parked, restartEpoch } = record.desired;
  return { state: 'present', version: Number.parseInt(manifest.version, 10), replicas, parked, restarts: restartEpoch };
}

export function recordOf(slot: Slot, records: readonly DeploymentRecord[]): DeploymentRecord | undefined {
  const own = records.filter(({ desired }) => desired.tenant === slot.tenant && desired.agentId === slot.agentId);
  return own.find(({ desired }) => desired.deletedAt === undefined) ?? own[0];
}

function slotProblems(
  slot: Slot,
  records: readonly DeploymentRecord[],
  seen: readonly Seen[],
  orchestrates: boolean,
): readonly string[] {
  const own = records.filter(({ desired }) => desired.tenant === slot.tenant && desired.agentId === slot.agentId);
  const who = `${slot.agentId} of ${slot.tenant}`;
  if (own.length > 1)
    return [`${who} is there ${own.length} times: ${own.map(({ desired }) => desired.id).join(', ')}`];
  const [record] = own;
  const wish = wishOf(record);
  if (!slot.possible().some((one) => JSON.stringify(one) === JSON.stringify(wish))) {
    return [`${who} is ${JSON.stringify(wish)}, and was asked to be ${JSON.stringify(slot.possible())}`];
  }
  if (!record) return [];
  const { desired, status } = record;
  const words = `${who} (${desired.id}), ${status.phase}: ${status.reason}`;
  if (desired.deletedAt !== undefined) return [`${words}; its deletion does not end`];
  if (status.observedGeneration !== desired.generation) return [`${words}; its wish was not looked at yet`];
  const instances = seen.filter(({ deploymentId }) => deploymentId === desired.id);
  const count = (state: Seen['state']) => instances.filter((one) => one.state === state).length;
  const there = `${count('running')} run, ${count('paused')} are paused, ${count('ended')} have ended`;
  if (desired.parked !== false) {
    const fits = status.phase === 'parked' && count('running') === 0 && instances.length <= desired.replicas;
    const inDepth = desired.parked === 'pause' || count('paused') === 0 || orchestrates;
    return fits && inDepth ? [] : [`${words}; parked (${desired.parked}), ${there}`];
  }
  const spoilt = status.failedHash === desired.templateHash && status.phase === 'degraded';
  const fits = count('running') === desired.replicas && instances.length === desired.replicas;
  return fits && (spoilt || status.phase === 'ready') ? [] : [`${words}; ${desired.replicas} wanted, ${there}`];
}

/** 0 orphaned: whatever carries our label belongs to a live record. */
function strayProblems(
  records: readonly DeploymentRecord[],
  seen: readonly Seen[],
  belongings: readonly Belonging[],
): readonly string[] {
  const live = new Set(records.map(({ desired }) => desired.id));
  const tenants = new Set(records.map(({ desired }) => desired.tenant));
  const instances = new Set(seen.map(({ name }) => name));
  const belongs = ({ deploymentId, tenant, instance }: Belonging) => {
    if (deploymentId !== undefined) return live.has(deploymentId);
    if (tenant !== undefined) return tenants.has(tenant);
    return instance !== undefined && instances.has(instance);
  };
  return [
    ...seen.filter(({ deploymentId }) => !live.has(deploymentId)).map(({ name }) => `orphan: ${name}`),
    ...belongings.filter((one) => !belongs(one)).map(({ what }) => `orphan: ${what}`),
  ];
}

/** Each address of a live record is open, each port belongs to one, and no other port of the range is open. */
async function portProblems({ ports, rig }: Scene, records: readonly DeploymentRecord[]): Promise<readonly string[]> {
  if (rig.order.kind === 'memory') return [];
  const wanted = new Map<number, string>();
  const problems: string[] = [];
  for (const { address, desired } of records) {
    if (address.port === undefined) continue;
    if (wanted.has(address.port))
      problems.push(`port ${address.port} is of ${desired.id} and ${wanted.get(address.port)}`);
    wanted.set(address.port, desired.id);
  }
  const range = Array.from({ length: ports.to - ports.from + 1 }, (_, index) => ports.from + index);
  const open = await Promise.all(range.map(isOpen));
  for (const [index, port] of range.entries()) {
    const id = wanted.get(port);
    if (open[index] && id === undefined) problems.push(`orphan: port ${port} is open and belongs to nobody`);
    if (!open[index] && id !== undefined) problems.push(`the address of ${id} is not open (port ${port})`);
  }
  return problems;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const done = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.on('connect', () => done(true)).on('error', () => done(false));
  });
}

async function hostProblems(urls: readonly string[]): Promise<readonly string[]> {
  const answers = await Promise.all(
    urls.map((url) =>
      fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) }).then(
        async (response) => (response.ok ? [] : [`a host is not ready: ${await response.text()}`]),
        (error: unknown) => [`a host does not answer: ${String(error)}`],
      ),
    ),
  );
  return answers.flat();
}

async function doctorProblems({ rig, store }: Scene): Promise<readonly string[]> {
  const driver = rig.driver();
  if (!driver) return [];
  try {
    const signal = AbortSignal.timeout(60_000);
    const { findings } = await diagnose({ store, driver, now: Date.now(), signal });
    return findings
      .filter((finding) => finding.differs || finding.kind === 'no-host')
      .map(({ message, willDo }) => `the doctor: ${message} -> ${willDo}`);
  } finally {
    await driver.close();
  }
}

/** Every agent that is to serve does, and what its volume held is what it holds. */
async function answerProblems({ slots, rig }: Scene, records: readonly DeploymentRecord[]): Promise<readonly string[]> {
  if (rig.order.kind === 'memory') return [];
  const problems = await Promise.all(
    slots.map(async (slot) => {
      const record = recordOf(slot, records);
      const wish = wishOf(record);
      if (!record || wish.state === 'absent' || wish.parked !== false || wish.replicas === 0) return [];
      const { port } = record.address;
      if (port === undefined) return [`${slot.agentId} has no port`];
      try {
        const answer = await ask(port, '/', 30_000);
        if (answer.agent !== slot.agentId || answer.customer !== slot.tenant) {
          return [`at the address of ${slot.agentId} of ${slot.tenant} answers ${answer.agent} of ${answer.customer}`];
        }
        const spoilt = record.status.failedHash === record.desired.templateHash;
        if (answer.version !== wish.version && !spoilt) return [`${slot.agentId} serves version ${answer.version}`];
        if (slot.born !== undefined && answer.born !== slot.born) return [`the volume of ${slot.agentId} was lost`];
        if (slot.keepsState) slot.born = answer.born;
        return [];
      } catch (thrown) {
        return [`${slot.agentId} (${record.desired.id}) does not serve: ${String(thrown)}`];
      }
    }),
  );
  return problems.flat();
}

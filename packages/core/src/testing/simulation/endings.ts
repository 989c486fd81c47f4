import { verifyAuditChain } from '../../decide/audit-hash.js';
import type { CallWatcher } from './disturb.js';
import { startSimHost } from './sim-host.js';
import type { SimWorld } from './sim-world.js';

/** I4: in steady state the hosts are killed and others start; nothing on the engine may change by it. */
export async function checkRestart(world: SimWorld, watcher: CallWatcher): Promise<void> {
  const before = steadyInstances(world);
  world.tally.note('steady state: every host is killed and replaced');
  for (const life of [...world.alive]) world.kill(life);
  startSimHost(world, watcher);
  startSimHost(world, watcher);
  await world.clock.advance(21_000);
  const after = steadyInstances(world);
  for (const [name, was] of before) {
    const is = after.get(name);
    if (is !== was) world.report('I4', `A restart of the hosts changes ${name}: ${was} before, ${is ?? 'gone'} after`);
  }
}

/** Instances of what is at rest, each with what a restart must not change. */
function steadyInstances(world: SimWorld): Map<string, string> {
  const found = new Map<string, string>();
  for (const { spec, state, startedMs } of world.ours()) {
    const record = world.store.inside.deployments.get(spec.deploymentId)?.record;
    const { phase, slots } = record?.status ?? { phase: 'unknown', slots: [] };
    // An orchestrator that rolls out in vain goes on with it, whoever watches.
    const degraded = phase === 'degraded' && world.level === 'container';
    const atRest = phase === 'ready' || phase === 'parked' || degraded;
    if (!record || !atRest || slots.some((slot) => slot.failures > 0)) continue;
    found.set(spec.name, `${state} since ${Math.round(startedMs)}, port ${record.address.port}`);
  }
  return found;
}

const teardownLimitMs = 120_000;

/** I8: everything is deleted; nothing of it may be left. */
export async function checkTeardown(world: SimWorld): Promise<void> {
  world.tally.note('everything is deleted');
  const host = world.hosts[0]?.host;
  if (!host) return world.report('I12', 'No host is up after the faults have stopped');
  for (const id of world.store.inside.deployments.keys()) {
    host.get(id).then(
      (handle) => handle.remove(),
      () => undefined,
    );
  }
  const until = world.clock.monotonic() + teardownLimitMs;
  while (findLeftovers(world).length > 0 && world.clock.monotonic() < until) await world.clock.advance(5_000);
  for (const left of findLeftovers(world)) world.report('I8', `${left} is left when everything is deleted`);
}

function findLeftovers(world: SimWorld): string[] {
  const { deployments, audit, owner, ports, names, use } = world.store.inside;
  const known = (id: string) => deployments.has(id) || audit.get(id)?.at(-1)?.action === 'drop';
  const left = world.ours().map(({ spec }) => ({ id: spec.deploymentId, what: spec.name }));
  for (const [key, volume] of world.home.volumes) {
    if (volume.owner === owner) left.push({ id: volume.deploymentId, what: `volume ${key}` });
  }
  const found = left.filter(({ id }) => known(id)).map(({ what }) => what);
  found.push(...[...deployments.keys()].map((id) => `the record of ${id}`));
  found.push(...[...ports].map((port) => `port ${port}`), ...[...names.keys()].map((name) => `the name ${name}`));
  found.push(...[...use.keys()].map((tenant) => `a share of the quota of ${tenant}`));
  for (const { door, life } of world.hosts) found.push(...door.ports().map((port) => `port ${port} at ${life.name}`));
  return found;
}

/** I11: every chain is whole. */
export function checkChains(world: SimWorld): void {
  for (const [id, chain] of world.store.inside.audit) {
    const at = verifyAuditChain(chain);
    if (at !== undefined) world.report('I11', `The audit chain of ${id} is broken at record ${at + 1}`);
  }
}

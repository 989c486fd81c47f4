import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seededRandom } from '@moorage/core';
import { type EmbeddedPostgres, embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import { freePorts } from '../../examples/host-server/test/faults/support/free-ports.js';
import { checkWalls } from './check-walls.js';
import { type HostProcess, hostProcess } from './host-process.js';
import { openRig } from './open-rig.js';
import { planOf, type RoundPlan } from './plan.js';
import { playRound } from './play-round.js';
import { populate } from './populate.js';
import { quietPoint, steadyRestart } from './quiet-point.js';
import { readFeed } from './read-feed.js';
import type { ChaosOrder } from './read-order.js';
import type { Report } from './report.js';
import type { Rig } from './rig.js';
import type { Scene } from './scene.js';
import { makeSchedule } from './schedule.js';
import { createSlots } from './slots.js';
import { takeDown } from './take-down.js';
import { watchDoors } from './watch-doors.js';
import { watchEngine } from './watch-engine.js';
import { watchRecords } from './watch-records.js';

const resyncMs = 2_000;
const portCount = 60;
const schema = 'chaos';

/** One engine from the first deployment to nothing left. What it finds is in `report`. */
export async function runChaos(order: ChaosOrder, report: Report): Promise<void> {
  const { driver, part, seed, short } = order;
  const plan = planOf(driver, part, short);
  const folder = await mkdtemp(join(tmpdir(), 'moorage-chaos-db-'));
  const database = await embeddedPostgres({ folder: join(folder, 'postgres') });
  const rig = await openRig(driver, part);
  const store = await postgresStore({ url: database.url, schema });
  const owner = await store.owner();
  const hosts: HostProcess[] = [];
  const startHost = await hostStarter(order, { database, rig, report, folder });
  const scene: Scene = {
    ...{ rig, store, owner, hosts, report, resyncMs },
    slots: createSlots(plan.slots, rig.keepsVolumes),
    ports: startHost.ports,
    known: new Map(),
  };
  const random = seededRandom(seed);
  let interrupted = false;
  const close = async () => {
    const keepsLogs = interrupted || report.violations() > 0;
    report.say(keepsLogs ? `logs of the hosts are in ${folder}` : 'ends');
    for (const host of hosts) await host.end();
    await store.close();
    await rig.close([owner]);
    await startHost.release();
    await database.close();
    if (!keepsLogs) await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  // Whoever ends the run early still finds nothing left of it.
  const onSignal = () => {
    if (interrupted) return;
    interrupted = true;
    void close().finally(() => process.exit(1));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  try {
    hosts.push(startHost.start());
    rig.attach?.(hosts[0]?.apiUrl ?? '');
    await playPart(scene, database, random, plan.one);
    if (part === 'walls') {
      await populate(scene);
      await quietPoint(scene);
      await checkWalls(scene);
    }
    if (plan.two.length > 0) {
      hosts.push(startHost.start());
      await playPart(scene, database, random, plan.two);
    }
    await takeDown(scene);
  } finally {
    await close();
  }
}

interface Parts {
  readonly database: EmbeddedPostgres;
  readonly rig: Rig;
  readonly report: Report;
  readonly folder: string;
}

/** Starts one host after the other on the same store, engine and range of ports. */
async function hostStarter(order: ChaosOrder, { database, rig, report, folder }: Parts) {
  const free = await freePorts(portCount + 2);
  const ports = { from: free.from, to: free.to - 2 };
  const secretsKey = randomBytes(32).toString('hex');
  let count = 0;
  const start = () => {
    count += 1;
    const hostId = `chaos-${count}`;
    const apiPort = ports.to + count;
    const wanted = { driver: rig.order, url: database.url, schema, hostId, secretsKey, ports, apiPort, resyncMs };
    return hostProcess(order.program, wanted, join(folder, `${hostId}.log`), (wasReady, why) => {
      // Without a database no host can start; it may try again as often as it likes.
      if (wasReady) report.violation('host', `${why}; see ${folder}`);
    });
  };
  return { ports, start, release: free.release };
}

/** All rounds with so many hosts, each with its quiet point. */
async function playPart(
  scene: Scene,
  database: EmbeddedPostgres,
  random: Random,
  rounds: readonly RoundPlan[],
): Promise<void> {
  const { hosts, slots, report } = scene;
  await allReady(hosts);
  await populate(scene);
  const feed = readFeed(scene);
  const records = watchRecords(scene);
  const engine = watchEngine(scene);
  const doors = watchDoors(scene);
  for (const [index, round] of rounds.entries()) {
    const steps = makeSchedule(random, round, slots.length, hosts.length);
    report.say(`round ${index + 1} of ${rounds.length} with ${hosts.length} hosts, ${steps.length} steps`);
    // With one host alone nobody acts beside it; with two, each lease that is lost may cost one call.
    engine.allow(hosts.length > 1 ? round.hostKills + round.freezes : 0);
    await playRound(scene, database, steps);
    await allReady(hosts);
    await quietPoint(scene);
    await steadyRestart(scene);
  }
  await feed.check();
  report.say(`${doors.answers()} answers at addresses were looked at`);
  await Promise.all([feed.stop(), records.stop(), engine.stop(), doors.stop()]);
}

async function allReady(hosts: readonly HostProcess[]): Promise<void> {
  while (hosts.some((host) => !host.ready() || host.frozen())) await sleep(100);
}

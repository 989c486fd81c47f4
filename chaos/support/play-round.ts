import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedPostgres } from '@moorage/store-postgres';
import { chooseAsk } from './choose-ask.js';
import type { Scene } from './scene.js';
import type { Step } from './schedule.js';
import { sendAsk } from './send-ask.js';
import type { Slot } from './slots.js';
import type { Ask } from './wish.js';

/** After a lost answer its work may be under way in the database for a moment still. */
const settleMs = 700;
const deployTries = 5;

/** Carries the steps out at their times and waits until all that they began is over. */
export async function playRound(scene: Scene, database: EmbeddedPostgres, steps: readonly Step[]): Promise<void> {
  const began = performance.now();
  const going: Promise<void>[] = [];
  const engine = { busy: false };
  for (const step of steps) {
    await sleep(Math.max(0, step.atMs - (performance.now() - began)));
    going.push(carryOut(scene, database, step, engine));
  }
  await Promise.all(going);
}

async function carryOut(
  scene: Scene,
  database: EmbeddedPostgres,
  step: Step,
  engine: { busy: boolean },
): Promise<void> {
  const { hosts, report, rig } = scene;
  switch (step.kind) {
    case 'request':
      return request(scene, step);
    case 'kill-host': {
      const host = hosts[step.host];
      // One that is down at this moment is killed as soon as there is something to kill.
      while (host && !host.kill(step.downMs)) await sleep(20);
      report.counts.hostKills += 1;
      return;
    }
    case 'freeze-host': {
      const host = hosts[step.host];
      while (host && !(await host.freeze(step.forMs))) await sleep(200);
      report.counts.freezes += 1;
      return;
    }
    case 'kill-database': {
      let pid = database.pid();
      for (; pid === undefined; pid = database.pid()) await sleep(50);
      process.kill(pid, 'SIGKILL');
      report.counts.databaseKills += 1;
      return;
    }
    case 'kill-engine':
      if (!rig.engine || engine.busy) return;
      engine.busy = true;
      await rig.engine.kill();
      report.counts.engineKills += 1;
      await sleep(step.downMs);
      await rig.engine.start();
      engine.busy = false;
  }
}

async function request(scene: Scene, step: Extract<Step, { kind: 'request' }>): Promise<void> {
  const slot = scene.slots[step.slot];
  // Customers ask one thing after the other.
  if (!slot || slot.busy) return;
  const believed = slot.possible().at(-1);
  if (!believed) return;
  const ask = chooseAsk(believed, step.dice, scene.rig.canPause);
  const [, , which = 0, patient = 0] = step.dice;
  slot.busy = true;
  const late = await sendUntilKnown(scene, slot, ask, { which, tries: patient < 0.5 ? deployTries : 1 });
  if (!late) slot.busy = false;
}

/** A lost deploy is sent again under its key by half of the customers. True: it may still be carried out later. */
async function sendUntilKnown(
  scene: Scene,
  slot: Slot,
  ask: Ask,
  { which, tries }: { readonly which: number; readonly tries: number },
): Promise<boolean> {
  const { hosts, report, rig } = scene;
  const key = crypto.randomUUID();
  for (let attempt = 0; ; attempt += 1) {
    const host = hosts[(Math.floor(which * hosts.length) + attempt) % hosts.length];
    const outcome = await sendAsk(host?.apiUrl ?? '', slot, ask, rig.source, key);
    report.counts.requests += 1;
    if (outcome.kind === 'lost') {
      report.counts.lost += 1;
      const why = outcome.why ?? 'unknown';
      report.lostBy.set(why, (report.lostBy.get(why) ?? 0) + 1);
    }
    if (outcome.kind === 'acknowledged') report.counts.acknowledged += 1;
    if (!slot.note(ask, outcome)) {
      const before = JSON.stringify(slot.possible());
      report.violation(
        'I12',
        `${slot.agentId}: ${JSON.stringify(ask)} was ${JSON.stringify(outcome)}, and it was ${before}`,
      );
      return true;
    }
    if (outcome.kind !== 'lost') return false;
    if (outcome.late) return true;
    await sleep(settleMs);
    if (ask.kind !== 'deploy' || attempt + 1 >= tries) return false;
  }
}

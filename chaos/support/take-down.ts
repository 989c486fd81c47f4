import { setTimeout as sleep } from 'node:timers/promises';
import { checkAudits } from './check-records.js';
import { findUnsettled, recordOf, wishOf } from './find-unsettled.js';
import type { Scene } from './scene.js';
import { sendAsk } from './send-ask.js';

const withinMs = 300_000;

/** Deletes everything: nothing of it may be left anywhere. */
export async function takeDown(scene: Scene): Promise<void> {
  const { slots, hosts, rig, report, store } = scene;
  const began = performance.now();
  const records = (await store.list({}, { limit: 1_000 })).items;
  await Promise.all(
    slots.map(async (slot) => {
      if (wishOf(recordOf(slot, records)).state === 'absent') return;
      const ask = { kind: 'delete' } as const;
      const outcome = await sendAsk(hosts[0]?.apiUrl ?? '', slot, ask, rig.source, '');
      report.counts.requests += 1;
      if (outcome.kind === 'acknowledged') report.counts.acknowledged += 1;
      if (!slot.note(ask, outcome)) report.violation('I12', `${slot.agentId} cannot be deleted`);
    }),
  );
  let problems: readonly string[] = ['nothing was looked at'];
  while (problems.length > 0 && performance.now() - began < withinMs) {
    await sleep(300);
    problems = await leftovers(scene).catch((thrown: unknown) => [`cannot look: ${String(thrown)}`]);
  }
  for (const problem of problems) report.violation('I8', `after everything was deleted: ${problem}`);
  await checkAudits(scene);
  report.say(`taken down after ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function leftovers(scene: Scene): Promise<readonly string[]> {
  const { problems, records, seen } = await findUnsettled(scene);
  const belongings = await scene.rig.belongings(scene.owner);
  return [
    ...problems,
    ...records.map(({ desired }) => `the record of ${desired.id}`),
    ...seen.map(({ name }) => name),
    ...belongings.map(({ what }) => what),
  ];
}

import type { Scene } from './scene.js';
import { sendAsk } from './send-ask.js';
import type { Slot } from './slots.js';
import type { Ask } from './wish.js';

/** Asks for at least one running instance of every agent, while nothing is broken. */
export async function populate(scene: Scene): Promise<void> {
  await Promise.all(
    scene.slots.map(async (slot) => {
      for (const ask of missing(slot)) {
        const outcome = await sendAsk(scene.hosts[0]?.apiUrl ?? '', slot, ask, scene.rig.source, crypto.randomUUID());
        scene.report.counts.requests += 1;
        if (outcome.kind === 'acknowledged') scene.report.counts.acknowledged += 1;
        if (!slot.note(ask, outcome)) scene.report.violation('I12', `${slot.agentId}: ${ask.kind} was ${outcome.kind}`);
      }
    }),
  );
}

function missing(slot: Slot): readonly Ask[] {
  const wish = slot.possible().at(-1);
  if (wish === undefined || wish.state === 'absent') return [{ kind: 'deploy', version: 1 }];
  return [
    ...(wish.parked === false ? [] : [{ kind: 'unpark' } as const]),
    ...(wish.replicas > 0 ? [] : [{ kind: 'scale', replicas: 1 } as const]),
  ];
}

import { ask } from './ask.js';
import { recordOf, wishOf } from './find-unsettled.js';
import type { Scene } from './scene.js';

/** Each agent tries to reach every instance: those of its own customer it reaches, those of others it does not. */
export async function checkWalls(scene: Scene): Promise<void> {
  const { rig, owner, store, slots, report } = scene;
  const seen = (await rig.look(owner)).filter(({ state, inside }) => state === 'running' && inside !== undefined);
  const records = (await store.list({}, { limit: 1_000 })).items;
  let apart = 0;
  let together = 0;
  for (const slot of slots) {
    const record = recordOf(slot, records);
    const wish = wishOf(record);
    const port = record?.address.port;
    if (port === undefined || wish.state === 'absent' || wish.parked !== false || wish.replicas === 0) continue;
    await Promise.all(
      seen.map(async ({ inside, tenant, name }) => {
        const { found } = await ask(port, `/?reach=${inside}`, 30_000);
        const reached = found === 'reached';
        if (reached !== (tenant === slot.tenant)) {
          const words = reached ? 'reaches' : `does not reach (${found})`;
          report.violation('tenant wall', `${slot.agentId} of ${slot.tenant} ${words} ${name} of ${tenant}`);
        }
        if (reached) together += 1;
        else apart += 1;
      }),
    );
  }
  report.say(`walls: ${together} connections within a customer, ${apart} to others refused`);
}

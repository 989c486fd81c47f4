import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from './scene.js';

const everyMs = 250;

/** I7: generations and revisions only rise; I8: a port belongs to one. Learns of every deployment on the way. */
export function watchRecords({ store, slots, known, report }: Scene): { stop(): Promise<void> } {
  const last = new Map<string, readonly [generation: number, revision: number]>();
  let stopped = false;
  const look = async () => {
    const { items } = await store.list({}, { limit: 1_000 });
    const portOf = new Map<number, string>();
    for (const { desired, revision, address } of items) {
      const { id, tenant, agentId, generation } = desired;
      const slot = slots.find((one) => one.tenant === tenant && one.agentId === agentId);
      if (slot) known.set(id, slot);
      const [generationBefore, revisionBefore] = last.get(id) ?? [0, 0];
      if (generation < generationBefore || revision < revisionBefore) {
        report.violation('I7', `${id} went back from generation ${generationBefore} to ${generation}`);
      }
      last.set(id, [generation, revision]);
      if (address.port === undefined) continue;
      const other = portOf.get(address.port);
      if (other !== undefined) report.violation('I8', `port ${address.port} belongs to ${other} and ${id}`);
      portOf.set(address.port, id);
    }
  };
  const loop = async () => {
    while (!stopped) {
      // A database that is down tells nothing.
      await look().catch(() => undefined);
      await sleep(everyMs);
    }
  };
  const looping = loop();
  return {
    async stop() {
      stopped = true;
      await looping;
    },
  };
}

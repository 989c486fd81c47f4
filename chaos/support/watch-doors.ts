import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.js';
import type { Scene } from './scene.js';

const everyMs = 150;

/** I10: whoever answers at an address is the agent of that customer, in a version that was asked for. */
export function watchDoors(scene: Scene): { stop(): Promise<void>; answers(): number } {
  const { store, report, known } = scene;
  let stopped = false;
  let answers = 0;
  const look = async () => {
    for (const address of await store.addresses({})) {
      if (stopped) return;
      const slot = known.get(address.deploymentId);
      if (address.port === undefined || !slot) continue;
      const answer = await ask(address.port, '/', 8_000).catch(() => undefined);
      await sleep(everyMs);
      if (!answer) continue;
      answers += 1;
      if (answer.agent === slot.agentId && answer.customer === slot.tenant) {
        if (slot.versions().has(answer.version)) continue;
      }
      // The port may have been given to another deployment meanwhile, and the wish may have changed.
      const now = (await store.addresses({})).find(({ deploymentId }) => deploymentId === address.deploymentId);
      if (now?.port !== address.port) continue;
      const who = `${answer.agent} of ${answer.customer} in version ${answer.version}`;
      report.violation('I10', `at the address of ${slot.agentId} of ${slot.tenant} answers ${who}`);
    }
  };
  const loop = async () => {
    while (!stopped) {
      await look().catch(() => undefined);
      await sleep(everyMs);
    }
  };
  const looping = loop();
  return {
    answers: () => answers,
    async stop() {
      stopped = true;
      await looping;
    },
  };
}

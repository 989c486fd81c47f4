import { verifyAuditChain } from '@moorage/core';
import type { Scene } from './scene.js';

/** Actions that change a wish: each of them raises the generation by one. */
const wishes = new Set(['deploy', 'update', 'scale', 'park', 'unpark', 'restart', 'delete']);

/** I11: every chain is whole, one record for each change of the wish; that of a deleted one ends with its drop. */
export async function checkAudits({ store, known, report }: Scene): Promise<void> {
  for (const [id, slot] of known) {
    const chain = await store.audit(id);
    const broken = verifyAuditChain(chain);
    if (broken !== undefined) report.violation('I11', `the chain of ${id} is broken: ${JSON.stringify(broken)}`);
    const record = await store.read(id);
    const changes = chain.filter(({ action, actor }) => wishes.has(action) && actor !== 'host' && actor !== 'engine');
    if (!record) {
      if (chain.at(-1)?.action !== 'drop') report.violation('I2', `${id} of ${slot.agentId} is gone without a drop`);
      if (!changes.some(({ action }) => action === 'delete')) {
        report.violation('I2', `${id} of ${slot.agentId} is gone, and nobody deleted it`);
      }
    } else if (changes.length !== record.desired.generation) {
      const words = `${id} is at generation ${record.desired.generation}, and its chain tells ${changes.length} changes`;
      report.violation('I11', words);
    }
  }
}

import { MoorageError } from '@moorage/protocol';
import { defineAction, serveAgent } from '@moorage/protocol/shell';
import { z } from 'zod';

const divide = defineAction(z.strictObject({ a: z.number(), b: z.number() }), ({ a, b }) => {
  if (b === 0) throw new MoorageError('invalid_argument', 'b is 0: use another b');
  return a / b;
});

const agent = await serveAgent({
  manifest: { agent_id: 'agent.divider', name: 'Divider', version: '1.0.0', capabilities: ['division'] },
  actions: { divide },
});
console.log(`The divider answers at ${agent.url}`);

import type { UsageEvent } from '../model/events.js';
import { checkKey } from './stored-text.js';

/** Refuses a usage event that could not be found again. Errors: `invalid_argument`, naming the field. */
export function checkUsage(event: UsageEvent): void {
  checkKey('the usage id', event.id);
  checkKey('tenant', event.tenant);
  checkKey('agent_id', event.agentId);
}

import type { Plan, PlanAction } from './plan.js';

/** A plan as text: one line an action, for tests and logs. */
export function formatPlan(plan: Plan): string {
  const lines = plan.actions.map(formatAction);
  if (plan.drop) lines.push('drop');
  return lines.join('\n');
}

function formatAction(action: PlanAction): string {
  const how =
    action.kind === 'park' ? ` (${action.depth})` : action.kind === 'remove' && action.purge ? ' (purge)' : '';
  return `${action.kind} ${action.name}${how}: ${action.cause}`;
}

import type { IncidentReason } from '../model/incident.js';
import type { InstanceExit, ObservedInstance } from '../model/instance.js';
import { instanceName } from '../model/instance-name.js';
import { countFailure, type Draft, remove, slotOf } from './plan-draft.js';

/** Turns every end since the last look into an incident and a count, and clears the place for another attempt. */
export function settleEnds(draft: Draft): void {
  settleFailedCreates(draft);
  for (const instance of draft.input.instances) {
    if (draft.given.has(instance.name) || draft.input.busy.get(instance.name) === 'remove') continue;
    if (instance.state === 'exited') settleExit(draft, instance);
    else if (instance.state === 'running' && draft.input.health.get(instance.name) === 'unhealthy') {
      settleUnhealthy(draft, instance);
    } else if (instance.state === 'removing' && draft.input.seen.has(instance.name)) {
      // It lived at the last look and is on its way out, and not by our doing.
      settleTaken(draft, instance.name);
    }
  }
  settleVanished(draft);
}

function settleFailedCreates(draft: Draft): void {
  for (const [name, failure] of draft.input.failedCreates) {
    const ordinal = ordinalOf(draft, name);
    if (ordinal === undefined) continue;
    countFailure(draft, {
      name,
      ordinal,
      reason: 'start-failed',
      message: `${name} could not be started: ${failure.message}`,
      exit: undefined,
    });
    const half = draft.input.instances.find((instance) => instance.name === name);
    if (half && half.state !== 'running') remove(draft, half, 'it could not be started');
  }
}

function settleExit(draft: Draft, instance: ObservedInstance): void {
  if (!isCounted(draft, instance)) {
    countFailure(draft, {
      name: instance.name,
      ordinal: instance.ordinal,
      reason: reasonOf(instance.exit),
      message: `${instance.name} ended: ${describeExit(instance.exit)}`,
      exit: instance.exit,
    });
  }
  remove(draft, instance, `it ended (${describeExit(instance.exit)})`);
}

/** Followed by another attempt, and not seen alive since: only its removal did not come off. */
function isCounted(draft: Draft, { name, ordinal, attempt }: ObservedInstance): boolean {
  return attempt < slotOf(draft, ordinal).attempt && !draft.input.seen.has(name);
}

function settleUnhealthy(draft: Draft, instance: ObservedInstance): void {
  if (!isCounted(draft, instance)) {
    const found = draft.input.lastErrors?.get(instance.name);
    countFailure(draft, {
      name: instance.name,
      ordinal: instance.ordinal,
      reason: 'probe-failed',
      message: `${instance.name} failed its health checks${found === undefined ? '' : `: ${found}`}`,
      exit: undefined,
    });
  }
  remove(draft, instance, 'it is unhealthy');
}

function settleVanished(draft: Draft): void {
  const listed = new Set(draft.input.instances.map((instance) => instance.name));
  for (const name of draft.input.seen) {
    if (!listed.has(name) && !draft.input.busy.has(name)) settleTaken(draft, name);
  }
}

function settleTaken(draft: Draft, name: string): void {
  const ordinal = ordinalOf(draft, name);
  if (ordinal === undefined) return;
  const message = `${name} was removed from outside`;
  countFailure(draft, { name, ordinal, reason: 'operator', message, exit: undefined });
}

/** The ordinal whose latest attempt has this name. */
function ordinalOf(draft: Draft, name: string): number | undefined {
  const { id } = draft.input.record.desired;
  for (const slot of draft.slots.values()) {
    if (instanceName(id, draft.target.hash, slot.ordinal, slot.attempt) === name) return slot.ordinal;
  }
  return undefined;
}

function reasonOf(exit: InstanceExit | undefined): IncidentReason {
  if (exit?.oom) return 'oom';
  if (exit?.signal !== undefined) return 'signal';
  return 'exit-code';
}

/** An exit in a person's words. */
export function describeExit(exit: InstanceExit | undefined): string {
  if (!exit) return 'the engine does not say why';
  const parts: string[] = [];
  if (exit.oom) parts.push('out of memory');
  if (exit.signal !== undefined) parts.push(`signal ${exit.signal}`);
  if (exit.code !== undefined) parts.push(`exit code ${exit.code}`);
  if (exit.message) parts.push(exit.message);
  return parts.length > 0 ? parts.join(', ') : 'the engine does not say why';
}

import { expect, it } from 'vitest';
import type { DeploymentRecord, Slot } from '../model/deployment.js';
import type { InstanceState, ObservedInstance } from '../model/instance.js';
import { initialStatus } from './initial-status.js';
import type { Draft } from './plan-draft.js';
import { startDraft } from './plan-draft.js';
import { settleEnds } from './settle-ends.js';

const hash = '0123456789abcdef';
const nameOf = (attempt: number) => `moor-d-1-0-01234567-${attempt}`;

function instance(attempt: number, state: InstanceState): ObservedInstance {
  return {
    kind: 'agent',
    name: nameOf(attempt),
    tenant: 't',
    deploymentId: 'd-1',
    ordinal: 0,
    attempt,
    templateHash: hash,
    restartEpoch: 0,
    state,
    endpoint: undefined,
    createdAt: 0,
    startedAt: 0,
    exit: state === 'exited' ? { code: 1, signal: undefined, oom: false, message: undefined, at: 0 } : undefined,
  };
}

/** A draft of a deployment whose second attempt has ended as well, and is counted. */
function draftOf(
  instances: readonly ObservedInstance[],
  seen: readonly string[] = [],
  more: Partial<Slot> = {},
): Draft {
  const slot: Slot = { ordinal: 0, attempt: 2, failures: 2, retryAt: 2_000, lastEnded: nameOf(2), ...more };
  const record = {
    desired: { id: 'd-1', tenant: 't', agentId: 'agent.a', templateHash: hash, template: { graceMs: 0 } },
    status: { ...initialStatus(0), slots: [slot] },
  } as unknown as DeploymentRecord;
  return startDraft({
    record,
    instances,
    health: new Map(instances.map(({ name }) => [name, 'unhealthy'])),
    told: new Map(),
    busy: new Map(),
    failedCreates: new Map(),
    seen: new Set(seen),
    canPark: true,
    now: 1_000,
    random01: 0.5,
  });
}

it('counts an end once, also when its removal does not come off and a later attempt has ended since', () => {
  const draft = draftOf([instance(1, 'exited'), instance(2, 'exited')]);
  settleEnds(draft);
  expect(draft.incidents).toEqual([]);
  expect(draft.slots.get(0)?.failures).toBe(2);
  expect(draft.actions.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    `remove ${nameOf(1)}`,
    `remove ${nameOf(2)}`,
  ]);
});

it('counts one that fell ill once, however long its removal takes', () => {
  const draft = draftOf([instance(1, 'running')]);
  settleEnds(draft);
  expect(draft.incidents).toEqual([]);
  expect(draft.actions.map(({ kind, name }) => `${kind} ${name}`)).toEqual([`remove ${nameOf(1)}`]);
});

it('counts the end of an earlier attempt that served until now', () => {
  const draft = draftOf([instance(1, 'exited')], [nameOf(1)]);
  settleEnds(draft);
  expect(draft.incidents.map((one) => one.instance)).toEqual([nameOf(1)]);
});

it('counts the end of the latest attempt once, also when an earlier one that served ends after it', () => {
  const draft = draftOf([instance(1, 'exited'), instance(2, 'exited')], [nameOf(1)]);
  settleEnds(draft);
  expect(draft.incidents.map((one) => one.instance)).toEqual([nameOf(1)]);
  expect(draft.slots.get(0)).toMatchObject({ failures: 3, lastEnded: nameOf(2) });
});

it('knows all that were counted and are listed still, also for a host that has only just got them', () => {
  const both = [instance(1, 'running'), instance(2, 'exited')];
  const first = draftOf(both, [nameOf(1), nameOf(2)], { failures: 1, lastEnded: nameOf(1) });
  settleEnds(first);
  expect(first.incidents.map((one) => one.instance)).toEqual([nameOf(2)]);
  const slot = first.slots.get(0);
  expect(slot?.counted).toEqual([nameOf(1), nameOf(2)]);
  // Both removals failed, and another host finds the first one running: to it that one lived until now.
  const next = draftOf(both, [nameOf(1)], slot);
  settleEnds(next);
  expect(next.incidents).toEqual([]);
  expect(next.slots.get(0)?.failures).toBe(2);
});

it('forgets of those what is listed no more', () => {
  const draft = draftOf([instance(2, 'exited')], [], { lastEnded: nameOf(1), counted: [nameOf(1)] });
  settleEnds(draft);
  expect(draft.slots.get(0)?.counted).toEqual([nameOf(2)]);
});

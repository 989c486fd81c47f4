import { describe, expect, it } from 'vitest';
import type { InstanceFiles, StatusRecord } from './records.js';
import { type ProcessFacts, toInstance } from './to-instance.js';

const shim = { pid: 1, start: '1', boot: 'now' };
const record: InstanceFiles['record'] = {
  moorage: 1,
  instanceId: 'uid',
  kind: 'agent',
  name: 'moor-1',
  owner: 'owner',
  tenant: 'tenant',
  deploymentId: 'd-1',
  agentId: 'agent',
  ordinal: 2,
  attempt: 3,
  templateHash: 'hash',
  restartEpoch: 4,
  port: 23456,
  graceMs: 1000,
  createdAt: 5,
};
const running: StatusRecord = {
  phase: 'running',
  shim,
  agent: { ...shim, pid: 2 },
  startedAt: 6,
  exit: undefined,
  startError: undefined,
};
const alive: ProcessFacts = { shimAlive: true, agent: 'running', removing: false, boot: 'now' };
const observe = (status: StatusRecord | undefined, facts: Partial<ProcessFacts> = {}) =>
  toInstance({ folder: '/f', record, status, removing: undefined }, { ...alive, ...facts });

describe('toInstance', () => {
  it('tells who it is and where it answers', () => {
    expect(observe(running)).toEqual({
      kind: 'agent',
      name: 'moor-1',
      tenant: 'tenant',
      deploymentId: 'd-1',
      ordinal: 2,
      attempt: 3,
      templateHash: 'hash',
      restartEpoch: 4,
      state: 'running',
      endpoint: { host: '127.0.0.1', port: 23456 },
      createdAt: 5,
      startedAt: 6,
      exit: undefined,
    });
  });

  const ended = { code: 3, signal: undefined, oom: false, at: 7, message: undefined };
  it.each([
    ['creating', undefined, {}],
    ['paused', running, { agent: 'suspended' }],
    // Between the agent's end and the shim's note of it.
    ['running', running, { agent: undefined }],
    ['stopped', { ...running, phase: 'stopped', agent: undefined }, { agent: undefined }],
    ['exited', { ...running, phase: 'stopped', agent: undefined }, { agent: undefined, shimAlive: false }],
    ['exited', running, { shimAlive: false }],
    ['exited', { ...running, phase: 'exited', exit: ended }, { shimAlive: false, agent: undefined }],
    ['removing', running, { removing: true }],
    ['removing', undefined, { removing: true }],
  ] as const)('is %s', (state, status, facts) => {
    const instance = observe(status as StatusRecord | undefined, facts as Partial<ProcessFacts>);
    expect(instance.state).toBe(state);
    expect(instance.endpoint !== undefined).toBe(state === 'running' || state === 'paused');
    expect(instance.exit !== undefined).toBe(state === 'exited');
  });

  it('says how it ended as far as that is known', () => {
    expect(observe({ ...running, phase: 'exited', exit: ended }).exit).toEqual(ended);
    expect(observe(running, { shimAlive: false }).exit?.message).toContain('was killed');
    expect(observe(running, { shimAlive: false, boot: 'later' }).exit?.message).toBe('The machine was restarted');
  });
});

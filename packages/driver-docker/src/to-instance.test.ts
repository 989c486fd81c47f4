import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ContainerDetails, ContainerSummary } from './engine-types.js';
import { label } from './labels.js';
import { toInstance } from './to-instance.js';

/** Answers captured from an engine 20.10; names say what each container did. */
function answer<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../test/answers/${name}.json`, import.meta.url), 'utf8')) as T;
}

const containers = answer<ContainerSummary[]>('containers');
const details = answer<Record<string, ContainerDetails>>('details');

function summaryOf(name: string): ContainerSummary {
  const found = containers.find(({ Labels }) => Labels[label.deployment] === `d-${name}`);
  if (!found) throw new Error(`no captured container "${name}"`);
  return found;
}

function instanceOf(name: string) {
  const summary = summaryOf(name);
  return toInstance(summary, details[summary.Id], '127.0.0.1');
}

describe('toInstance', () => {
  it('reads identity from the labels', () => {
    expect(instanceOf('running')).toMatchObject({
      kind: 'agent',
      name: 'moor-d-running-2-abcdef00-3',
      tenant: 'Kundin Ü 1',
      deploymentId: 'd-running',
      ordinal: 2,
      attempt: 3,
      templateHash: 'abcdef00'.repeat(8),
      restartEpoch: 4,
    });
  });

  it.each([
    ['created', 'creating'],
    ['running', 'running'],
    ['internal', 'running'],
    ['paused', 'paused'],
    ['parked', 'stopped'],
    ['zero', 'exited'],
    ['killed', 'exited'],
  ])('a container that is %s is "%s"', (name, state) => {
    expect(instanceOf(name)?.state).toBe(state);
  });

  it.each([
    ['zero', { code: 0, signal: undefined, oom: false }],
    ['seven', { code: 7, signal: undefined, oom: false }],
    ['missing', { code: 127, signal: undefined, oom: false }],
    ['abort', { code: 134, signal: 'SIGABRT', oom: false }],
    ['killed', { code: 137, signal: 'SIGKILL', oom: false }],
    ['oom', { code: 137, signal: 'SIGKILL', oom: true }],
  ])('tells why "%s" ended', (name, exit) => {
    const found = instanceOf(name);
    expect(found?.exit).toMatchObject(exit);
    expect(found?.exit?.at).toBeGreaterThan(found?.startedAt ?? Number.POSITIVE_INFINITY);
  });

  it('gives no exit for what was asked to stop, and no times that have not been', () => {
    expect(instanceOf('parked')?.exit).toBeUndefined();
    expect(instanceOf('created')).toMatchObject({ startedAt: undefined, exit: undefined, endpoint: undefined });
  });

  it('answers on the published port, or on its own address where nothing is published', () => {
    const { Ports } = summaryOf('running');
    const published = Ports.find(({ PublicPort }) => PublicPort !== undefined);
    expect(instanceOf('running')?.endpoint).toEqual({ host: '127.0.0.1', port: published?.PublicPort });
    const inside = Object.values(summaryOf('internal').NetworkSettings?.Networks ?? {})[0]?.IPAddress;
    expect(inside).toMatch(/^10\.213\./);
    expect(instanceOf('internal')?.endpoint).toEqual({ host: inside, port: 8080 });
    expect(instanceOf('paused')?.endpoint).toBeUndefined();
  });

  it('names the engine as host where a port is published on every address', () => {
    const summary = summaryOf('running');
    const everywhere = { ...summary, Ports: summary.Ports.map((port) => ({ ...port, IP: '0.0.0.0' })) };
    expect(toInstance(everywhere, undefined, 'engine.example')?.endpoint?.host).toBe('engine.example');
  });

  it('leaves out a copy that carries our labels under another name', () => {
    const summary = summaryOf('running');
    expect(toInstance({ ...summary, Names: ['/somebody-elses'] }, undefined, '127.0.0.1')).toBeUndefined();
    expect(toInstance({ ...summary, Labels: {} }, undefined, '127.0.0.1')).toBeUndefined();
  });

  it('a container that is removing is on its way out', () => {
    expect(toInstance({ ...summaryOf('zero'), State: 'removing' }, undefined, '127.0.0.1')?.state).toBe('removing');
  });

  // Found by chaos, seed 1371954244: its deployment was being deleted for ever.
  it.each([true, false])('a removal that an engine did not finish has to be asked for again (parked: %j)', (parked) => {
    const summary = summaryOf('zero');
    const Names = parked ? summary.Names.map((name) => `${name}.parked`) : summary.Names;
    expect(toInstance({ ...summary, Names, State: 'dead' }, undefined, '127.0.0.1')?.state).toBe('exited');
  });
});

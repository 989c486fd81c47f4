import { describe, expect, it } from 'vitest';
import { type Lookup, subjectKey, subjectOf } from './event-subject.js';
import type { EventObject, KubeObject } from './kube-objects.js';
import { annotation, label } from './labels.js';

const object = (kind: string, name: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'n', uid: `uid-${name}`, labels: { [label.deployment]: 'd-1' }, ...metadata },
});

const run = { labels: { [label.deployment]: 'd-1', [label.kind]: 'run' }, annotations: { [annotation.instance]: 'r' } };
const objects = [
  object('Deployment', 'moor-d-1'),
  object('Pod', 'moor-d-1-7d4f-abcde'),
  object('Job', 'r'),
  object('Pod', 'r-abcde', run),
  object('PersistentVolumeClaim', 'moor-d-1-data'),
];
const find: Lookup = (kind, namespace, name) =>
  objects.find((one) => one.kind === kind && one.metadata.name === name && namespace === 'n');

function about(kind: string, name: string, more: object = {}): EventObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'n' },
    involvedObject: { kind, namespace: 'n', name, ...more },
  };
}
const keyOf = (event: EventObject) => subjectOf(event, find)?.key;

describe('subjectOf', () => {
  it('knows the pods, jobs and claims of ours', () => {
    expect(subjectOf(about('Pod', 'moor-d-1-7d4f-abcde'), find)).toEqual({
      key: subjectKey('Pod', { namespace: 'n', name: 'moor-d-1-7d4f-abcde' }),
      deploymentId: 'd-1',
    });
    expect(keyOf(about('PersistentVolumeClaim', 'moor-d-1-data'))).toBe('PersistentVolumeClaim n/moor-d-1-data');
  });

  it("tells what concerns a run's pod of the run", () => {
    expect(keyOf(about('Job', 'r'))).toBe('Job n/r');
    expect(keyOf(about('Pod', 'r-abcde'))).toBe('Job n/r');
  });

  it('knows a pod by its name before the other stream has brought it', () => {
    expect(keyOf(about('Pod', 'moor-d-1-7d4f-fghij'))).toBe('Pod n/moor-d-1-7d4f-fghij');
    expect(keyOf(about('Pod', 'r-fghij'))).toBe('Job n/r');
  });

  it.each([
    ["another one's", about('Pod', 'other-7d4f-abcde')],
    ['one of that name before', about('Pod', 'moor-d-1-7d4f-abcde', { uid: 'uid-before' })],
    ['in another namespace', about('Pod', 'moor-d-1-7d4f-abcde', { namespace: 'other' })],
    ['a node', about('Node', 'node-1')],
    ['what conditions tell as well', about('ReplicaSet', 'moor-d-1-7d4f')],
    ['nothing', { ...about('Pod', ''), involvedObject: undefined }],
  ])('leaves out %s', (_what, event) => {
    expect(keyOf(event)).toBeUndefined();
  });
});

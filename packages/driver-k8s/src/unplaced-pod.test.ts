import { describe, expect, it } from 'vitest';
import { unplacedPod } from './unplaced-pod.js';

const preemption = 'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';

describe('unplacedPod', () => {
  it('names what lacks and the field that asks for it', () => {
    const message = `0/2 nodes are available: 1 Insufficient memory, 2 Insufficient cpu. no new claims to deallocate, ${preemption}`;
    expect(unplacedPod(message, undefined)).toBe(
      'No node can take it: 0/2 nodes are available: 1 Insufficient memory, 2 Insufficient cpu. ' +
        'Lower runtime.resources.memory and runtime.resources.cpu, or give the cluster more nodes',
    );
  });

  it('tells why its volume is not there', () => {
    const message = `0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. ${preemption}`;
    expect(unplacedPod(message, 'storageclass "fast" not found')).toMatch(
      /not there yet \(storageclass "fast" not found\)/,
    );
    expect(unplacedPod(message, undefined)).toMatch(/not there yet: give the driver a storageClassName/);
  });

  it.each([
    ['0/1 nodes are available: 1 node(s) had volume node affinity conflict.', /bound to another node/],
    ['0/1 nodes are available: 1 node(s) were unschedulable.', /Look at the nodes/],
    ['0/1 nodes are available: 1 Insufficient example.com/gpu.', /Look at the nodes/],
  ])('else says where to look: %s', (message, words) => {
    expect(unplacedPod(message, undefined)).toMatch(words);
  });
});

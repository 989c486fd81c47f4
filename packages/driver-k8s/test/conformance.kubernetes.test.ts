import { driverConformance } from '@moorage/core/testing';
import { afterAll, describe, it } from 'vitest';
import { kubernetesHarness } from './kubernetes-harness.js';

driverConformance({
  describe,
  // Each case has an owner of its own, and mostly waits.
  it: it.concurrent,
  afterAll,
  level: 'workload',
  makeHarness: () => kubernetesHarness({ nodeUsage: ['disk'] }),
});

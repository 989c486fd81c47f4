import { driverConformance } from '@moorage/core/testing';
import { afterAll, describe, it } from 'vitest';
import { kubernetesHarness } from './kubernetes-harness.js';

driverConformance({
  describe,
  it,
  afterAll,
  level: 'workload',
  makeHarness: () => kubernetesHarness({ nodeUsage: ['disk'] }),
});

import type { InstanceSpec, SandboxJob } from '@moorage/core/driver';
import { sampleWorkload } from './sample-workload.js';

/** A run of the conformance agent, with an id of its own; it is ended after `lifeMs`. */
export function sampleRun(owner: string, image: string, given: Partial<InstanceSpec>, lifeMs: number): SandboxJob {
  const { template, replicas: _replicas, health: _health, ...rest } = sampleWorkload(owner, image);
  const name = `run-${rest.deploymentId}`;
  const spec = { ...template, ...rest, kind: 'run', name, ordinal: 0, attempt: 1, env: {}, ...given } as const;
  return { spec, deadline: Date.now() + lifeMs };
}

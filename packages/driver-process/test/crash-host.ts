import type { InstanceSpec } from '@moorage/core/driver';
import { openProcessDriver } from '../src/process-driver.js';

/**
 * A host that dies by SIGKILL at one step of one call. Bundled and started by the tests; takes one JSON document as its
 * argument.
 */
const { folder, step, action, spec } = JSON.parse(process.argv[2] ?? '') as {
  readonly folder: string;
  readonly step: string;
  readonly action: 'create' | 'remove';
  readonly spec: InstanceSpec;
};

const driver = openProcessDriver(
  { folder },
  {
    reach: (reached) => {
      if (reached === step) process.kill(process.pid, 'SIGKILL');
    },
  },
);
const { signal } = new AbortController();
await driver.create(spec, { signal });
if (action === 'remove') {
  await driver.remove(spec.name, { owner: spec.owner, signal, graceMs: 10_000, purge: true });
}
if (step === 'done') process.kill(process.pid, 'SIGKILL');

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPolicies } from '../src/index.js';
import { type KubernetesRig, kubernetesRig } from './kubernetes-rig.js';

let rig: KubernetesRig;

/** The command that starts the test cluster; it switches a running one too. */
async function up(...args: readonly string[]): Promise<void> {
  const command = process.env.MOORAGE_TEST_CLUSTER_UP;
  if (!command) throw new Error('Set MOORAGE_TEST_CLUSTER_UP to the command that starts the test cluster');
  await promisify(execFile)('sh', ['-c', `${command} "$@"`, 'up', ...args]);
}

beforeAll(async () => {
  rig = await kubernetesRig();
  await up('--without-policies');
});
afterAll(async () => {
  await up();
  await rig?.close();
});

describe('a cluster whose network ignores policies', () => {
  it('is found out, and what needs walls is refused there', async () => {
    const { kubeconfig } = rig.cluster;
    const verdict = await verifyPolicies({ kubeconfig, image: rig.image, imagePullPolicy: 'Never' });
    expect(verdict.policies).toBe('unenforced');
    expect(verdict.reason).toMatch(/let through/);
    const driver = rig.anotherDriver(verdict);
    expect(driver.capabilities).toMatchObject({ isolation: false, egressControl: false });
    const wish = rig.workload({ template: { isolated: true } });
    await expect(driver.apply(wish, rig.call())).rejects.toMatchObject({ code: 'unsupported' });
  });
});

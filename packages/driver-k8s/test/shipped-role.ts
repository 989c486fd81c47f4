import { type LimitedAccount, limitedAccount } from './limited-account.js';
import { shippedRules } from './shipped-rules.js';
import type { TestCluster } from './test-cluster.js';

/** Somebody who has the rights of the shipped role, with those of further files of the manifests, and no others. */
export async function shippedRole(cluster: TestCluster, ...further: readonly string[]): Promise<LimitedAccount> {
  const rules = await Promise.all(['cluster-role.yaml', ...further].map(shippedRules));
  const account = await limitedAccount(cluster);
  await account.give(rules.flat());
  return account;
}

import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterAnswers } from '../src/index.js';
import { rights } from '../src/rights.js';
import { later } from './kubernetes-rig.js';
import { type LimitedAccount, limitedAccount } from './limited-account.js';
import { type TestCluster, testCluster } from './test-cluster.js';

let cluster: TestCluster;
let account: LimitedAccount;
beforeAll(async () => {
  cluster = await testCluster();
  account = await limitedAccount(cluster);
});
afterAll(async () => {
  await account?.close();
  await cluster?.close();
});

/** Asked until it is so: nothing says when a role is in force. */
const answers = (wanted: RegExp, more: object = {}) =>
  eventually(
    `the answer is ${wanted}`,
    async () => {
      const answer = await clusterAnswers({ kubeconfig: account.kubeconfig, timeoutMs: 60_000, ...more });
      return wanted.test(answer.ok ? 'ok' : answer.reason);
    },
    later,
  );
const rulesOf = (list: typeof rights) =>
  list.map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs }));

describe('clusterAnswers', () => {
  it('tells version, address and identity of a cluster on which nothing is lacking', async () => {
    const answer = await clusterAnswers({ kubeconfig: cluster.kubeconfig, timeoutMs: 60_000 });
    const space = await cluster.get('Namespace', undefined, 'kube-system');
    const { address } = cluster.client;
    expect(answer).toEqual({ ok: true, version: expect.stringMatching(/^v1\./), address, id: space?.metadata.uid });
  });

  it('names every verb that is lacking, and on what', async () => {
    await account.give(rulesOf(rights));
    await answers(/^ok$/);
    const some = rights.map((right) =>
      right.resource === 'deployments' ? { ...right, verbs: ['get', 'list', 'watch'] } : right,
    );
    await account.give(rulesOf(some.filter(({ resource }) => resource !== 'pods/log')));
    await answers(
      /lacks "get" for "pods\/log"; "create", "patch", "delete" for "deployments.apps" in the whole cluster\. Grant it/,
    );
  });

  it('names the one that is lacking before anything can be asked', async () => {
    await account.give([]);
    await answers(/lacks the verb "get" for "namespaces"/);
  });

  it('with one namespace looks for the rights in it alone', async () => {
    const kubeSystem = { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] };
    const within = rights.filter(({ resource }) => !['namespaces', 'resourcequotas'].includes(resource));
    await account.give([kubeSystem], { namespace: account.namespace, rules: rulesOf(within) });
    await answers(/^ok$/, { namespace: account.namespace });
    await answers(/in the whole cluster/);
  });
});

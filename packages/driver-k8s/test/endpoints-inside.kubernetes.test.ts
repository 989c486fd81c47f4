import { eventually } from '@moorage/core/testing';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pathOf } from '../src/kinds.js';
import type { PodObject } from '../src/kube-objects.js';
import { rights } from '../src/rights.js';
import { later } from './kubernetes-rig.js';
import { type LimitedAccount, limitedAccount } from './limited-account.js';
import { loadNodeImage } from './node-image.js';
import { type TestCluster, testCluster, uniqueName } from './test-cluster.js';

let cluster: TestCluster;
let account: LimitedAccount;
let image: string;
beforeAll(async () => {
  cluster = await testCluster();
  image = await loadNodeImage('moorage.test/choose-endpoints', { '/agent/choose.cjs': await program() });
  account = await limitedAccount(cluster);
  await account.give(
    rights.map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs })),
  );
});
afterAll(async () => {
  await account?.close();
  await cluster?.close();
});

/** What runs in the pod: the function itself, told in one line. */
async function program(): Promise<string> {
  const contents = `
    import { chooseEndpoints } from './index.js';
    const { IMAGE: image, WAY: endpoints } = process.env;
    chooseEndpoints({ image, endpoints, imagePullPolicy: 'Never' }).then(
      (chosen) => console.log(chosen.endpoints + ': ' + chosen.reason),
      (error) => console.log('refused: ' + error.message),
    );`;
  const resolveDir = new URL('../src', import.meta.url).pathname;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
    conditions: ['@moorage/source'],
  });
  return outputFiles[0]?.text ?? '';
}

/** Runs it as a host's pod would, with the rights of the driver, and gives its line. */
async function chosenInside(way: string | undefined, labels: Record<string, string>): Promise<string> {
  const { namespace } = account;
  const name = uniqueName('choose');
  const env = [{ name: 'IMAGE', value: image }, ...(way === undefined ? [] : [{ name: 'WAY', value: way }])];
  const command = ['node', '/agent/choose.cjs'];
  const container = { name: 'choose', image, command, env, imagePullPolicy: 'Never' };
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { serviceAccountName: namespace, restartPolicy: 'Never', containers: [container] },
  });
  const path = pathOf('Pod', namespace, name);
  await eventually(
    'the pod has ended',
    async () => (await cluster.get<PodObject>('Pod', namespace, name))?.status?.phase === 'Succeeded',
    later,
  );
  const signal = AbortSignal.timeout(60_000);
  const stream = await cluster.client.stream({ method: 'GET', path: `${path}/log`, signal });
  return (await stream.toArray()).join('').trim();
}

it('from a host’s pod finds the Service’s name, which answers', async () => {
  const line = await chosenInside(undefined, { 'moorage.role': 'host' });
  expect(line).toMatch(/^dns: moor-probe-\w+\.moor-probe-\w+\.svc:8080 answers/);
});

it('from a pod that agents do not let in says what was tried, and the way out', async () => {
  const line = await chosenInside('pod', {});
  expect(line).toMatch(/^refused: Cannot reach agents from here: tried "dns".*"pod".*"service".*ingressFrom/);
});

import { afterEach, expect, it } from 'vitest';
import { longTest } from './faults/support/patience.js';
import { clusterEnv } from './support/cluster-env.js';
import { leftOnCluster } from './support/four-drivers/left-on-cluster.js';
import { newPlace, type Place } from './support/host-process.js';
import { kubectl } from './support/kubectl.js';
import { walkMainJob } from './support/main-job.js';
import { shell, until } from './support/shell.js';

let place: Place | undefined;
afterEach(async () => {
  await place?.clean();
  place = undefined;
});

async function ownerOf(deploymentId: string): Promise<string> {
  const selector = `moorage.deployment=${deploymentId}`;
  const path = '{.items[0].metadata.labels.moorage\\.owner}';
  return kubectl(['get', 'deployments', '--all-namespaces', '-l', selector, '-o', `jsonpath=${path}`]);
}

it(
  'walks the main job on Kubernetes: start, use, stop, adopt, kill, adopt, remove, and leaves nothing',
  longTest,
  async () => {
    place = await newPlace('kubernetes', clusterEnv());
    let owner = '';
    await walkMainJob(place, async (deploymentId) => {
      owner = await ownerOf(deploymentId);
      expect((await leftOnCluster(owner)).length).toBeGreaterThan(3);
    });
    expect(owner).not.toBe('');
    const left = await until(
      () => leftOnCluster(owner),
      (found) => found.length === 0,
    );
    expect(left).toEqual([]);
  },
);

it('reaches the agent by a port of the nodes where that is asked for', longTest, async () => {
  place = await newPlace('kubernetes', { ...clusterEnv(), MOORAGE_ENDPOINTS: 'node-port' });
  const host = place.start();
  const { curls } = await host.ready();
  expect(JSON.parse(await shell(curls[1] ?? ''))).toMatchObject({ result: 8 });
  expect(JSON.parse(await shell(curls[0] ?? ''))).toMatchObject({
    data: { containers: [{ phase: 'ready', health: 'healthy', load: null }] },
  });
  expect(await host.end('SIGINT')).toBe(0);
});

import { kubernetesDriver } from '@moorage/driver-k8s';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { benchCluster, calculatorOnCluster } from './support/kubernetes-cluster.js';
import { benchJob, runByDriver, runByHand, runHome } from './support/kubernetes-run.js';
import { describeTimes, percentile } from './support/percentile.js';
import { inTurns } from './support/turns.js';

/**
 * A one-shot run, cold: the driver's `startRun` with every protection on until its outcome is listed, against a bare
 * Job of the same pod by hand, watched until it is complete, in turns.
 */
const pairs = amount('pairs', 30);
const bar = 1.15;

async function main(): Promise<void> {
  const cluster = await benchCluster();
  const { image } = await calculatorOnCluster();
  if (image === undefined) throw new Error('The calculator has no image');
  const driver = kubernetesDriver({ kubeconfig: cluster.kubeconfig, policies: 'enforced' });
  const home = await runHome(cluster, driver, image);
  const ends: number[] = [];
  let count = 0;
  let made = '';
  try {
    const found = await inTurns(pairs, {
      async byHand() {
        count += 1;
        const { completeMs, containerEndedMs } = await runByHand(cluster, benchJob(home, `by-hand-${count}`));
        ends.push(containerEndedMs);
        return completeMs;
      },
      async byHost() {
        count += 1;
        const job = benchJob(home, `by-driver-${count}`);
        made = job.spec.deploymentId;
        return runByDriver(driver, home, job);
      },
      async clear() {
        await driver.deleteWorkload(made, home.call());
        return { gone: Promise.resolve() };
      },
    });
    const byHand = found.map((pair) => pair.byHand);
    const byDriver = found.map((pair) => pair.byHost);
    process.stdout.write(
      `by hand ${describeTimes(byHand)} (its container had ended after ${describeTimes(ends)}); ` +
        `driver ${describeTimes(byDriver)}; ${found.length} pairs\n`,
    );
    const ratio = percentile(byDriver, 0.5) / percentile(byHand, 0.5);
    figure({
      what: 'run on Kubernetes, cold, p50',
      measured: `${ratio.toFixed(3)} × by hand (${percentile(byDriver, 0.5).toFixed(0)} ms)`,
      bar: `at most ${bar.toFixed(2)} × by hand`,
      met: ratio <= bar,
    });
  } finally {
    await driver.close();
    await cluster.clear([home.owner]);
    await cluster.close();
  }
}

await main();

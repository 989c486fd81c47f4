import type { Driver } from '@moorage/core';
import { type EndpointKind, kubernetesDriver } from '@moorage/driver-k8s';
import { calculatorImage } from './calculator-image.js';
import { clusterState } from './cluster-state.js';
import type { DriverParts } from './open-host.js';
import { tryCluster } from './try-cluster.js';
import { usageTarget } from './usage-target.js';

/** The cluster, ready to host. */
export interface OpenedKubernetes {
  readonly driver: Driver;
  readonly endpoints: EndpointKind;
  /** The calculator's, in the cluster. */
  readonly image: string;
}

/**
 * The driver for the cluster. What it has to know of the cluster is found out with pods at the first start and kept in
 * the state folder until `--remove`, or until it is another cluster.
 */
export async function openKubernetes(parts: DriverParts): Promise<OpenedKubernetes> {
  const { settings, driver, state, port, closers, progress } = parts;
  const { kubernetes, host } = settings;
  const { context, namespace, nodeAddress, imagePullSecrets, runtimeClassName, volumes, nodeUsage } = kubernetes;
  const cluster = clusterState(state.below('cluster.json'), driver.cluster ?? '');
  const ingressFrom = kubernetes.ingressFrom.map((cidr) => ({ ipBlock: { cidr } }));
  const agents = { imagePullSecrets, runtimeClassName, volumes, nodeUsage };
  const options = { context, namespace, nodeAddress, ingressFrom, ...agents };
  if (settings.remove) {
    cluster.forget();
    return { driver: kubernetesDriver(options), endpoints: 'pod', image: '' };
  }
  const image = await calculatorImage(kubernetes, cluster, progress);
  progress('Trying how agents are reached, and whether the cluster keeps them apart');
  const tried = await tryCluster(kubernetes, cluster, image, closers);
  const { egressTo } = kubernetes.usageUrl ? usageTarget(kubernetes.usageUrl, { host, port }) : { egressTo: [] };
  return { driver: kubernetesDriver({ ...options, ...tried, egressTo }), endpoints: tried.endpoints, image };
}

import { chooseEndpoints, type EndpointKind, verifyPolicies } from '@moorage/driver-k8s';
import type { Closers } from './closers.js';
import type { ClusterState } from './cluster-state.js';
import type { KubernetesSettings } from './kubernetes-settings.js';

/** What the driver has to know of a cluster, besides where it is. */
export interface TriedCluster {
  readonly endpoints: EndpointKind;
  readonly policies: 'enforced' | 'unenforced';
}

const tryMs = 120_000;

/** Finds it out with pods of the given image, unless it was said, or found out before. */
export async function tryCluster(
  settings: KubernetesSettings,
  cluster: ClusterState,
  image: string,
  closers: Closers,
): Promise<TriedCluster> {
  const { context, namespace, nodeAddress, policies: said, endpoints: asked } = settings;
  const ingressFrom = settings.ingressFrom.map((cidr) => ({ ipBlock: { cidr } }));
  const wanted = JSON.stringify([asked, nodeAddress, ingressFrom]);
  const known = cluster.facts.endpoints?.wanted === wanted ? cluster.facts.endpoints.found : undefined;
  const ended = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(tryMs), ended.signal]);
  const way = { context, namespace, nodeAddress, ingressFrom, endpoints: asked, image, signal };
  const trying = [
    known ?? chooseEndpoints(way).then((chosen) => chosen.endpoints),
    said ??
      cluster.facts.policies ??
      verifyPolicies({ context, namespace, image, signal }).then((told) => told.policies),
  ] as const;
  // Both have their end, also when one fails or the host is ended: each takes away the pods that it has made.
  const settled = Promise.allSettled(trying);
  closers.add(async () => {
    ended.abort();
    await settled;
  });
  await settled;
  const [endpoints, policies] = await Promise.all(trying);
  cluster.keep({ endpoints: { wanted, found: endpoints }, ...(said === undefined ? { policies } : {}) });
  return { endpoints, policies };
}

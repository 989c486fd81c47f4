import type { Endpoint } from '@moorage/core/driver';
import type { EndpointKind } from './endpoint-kind.js';
import type { PodObject, ServiceObject } from './kube-objects.js';

/** Which way to a deployment is used, and what the cluster cannot tell about it. */
export interface Ways {
  readonly endpoints: EndpointKind;
  /** Name or address under which node ports are reached; undefined: that of a node on which an instance runs. */
  readonly nodeAddress: string | undefined;
}

/** The one address of all of a Service's pods; undefined while it has none, or where each pod has its own. */
export function toAddress(
  service: ServiceObject | undefined,
  pods: readonly PodObject[],
  { endpoints, nodeAddress }: Ways,
): Endpoint | undefined {
  const [first] = service?.spec?.ports ?? [];
  if (!service || !first || endpoints === 'pod') return undefined;
  const { name, namespace } = service.metadata;
  switch (endpoints) {
    case 'dns':
      // Without the cluster's domain, which differs: the resolver of every pod adds it.
      return { host: `${name}.${namespace}.svc`, port: first.port };
    case 'service':
      return toEndpoint(service.spec?.clusterIP, first.port);
    case 'node-port':
      return toEndpoint(nodeAddress ?? nodeOf(pods), first.nodePort);
  }
}

/** Whether the Service is not (yet) what this way needs: its wish has to be stated again. */
export function lacksAddress(service: ServiceObject | undefined, endpoints: EndpointKind): boolean {
  if (endpoints === 'pod') return false;
  const [first] = service?.spec?.ports ?? [];
  return first === undefined || (endpoints === 'node-port' && first.nodePort === undefined);
}

function toEndpoint(host: string | undefined, port: number | undefined): Endpoint | undefined {
  return host === undefined || host === '' || host === 'None' || port === undefined ? undefined : { host, port };
}

/** The node of the oldest instance that runs: it answers also where a Service keeps to its own node. */
function nodeOf(pods: readonly PodObject[]): string | undefined {
  const running = pods.filter(({ metadata, status }) => !metadata.deletionTimestamp && status?.hostIP !== undefined);
  const ready = running.filter(({ status }) => status?.containerStatuses?.some((one) => one.ready));
  const oldest = [...(ready.length > 0 ? ready : running)].sort((a, b) =>
    `${a.metadata.creationTimestamp} ${a.metadata.name}` < `${b.metadata.creationTimestamp} ${b.metadata.name}`
      ? -1
      : 1,
  );
  return oldest[0]?.status?.hostIP;
}

/**
 * How agents are reached. `pod`: each instance at its own address. `dns`: all at their Service's name, from inside the
 * cluster. `service`: all at their Service's ClusterIP. `node-port`: all at a port of the nodes.
 */
export type EndpointKind = 'pod' | 'dns' | 'service' | 'node-port';

/** In the order in which they are tried. */
export const endpointKinds: readonly EndpointKind[] = ['dns', 'pod', 'service', 'node-port'];

/** Whether single instances can be asked; else the cluster's word on them has to do. */
export function reachesPods(endpoints: EndpointKind): boolean {
  return endpoints === 'pod' || endpoints === 'dns';
}

import { pathOf } from './kinds.js';
import type { KubeClient } from './kube-client.js';
import type { PodObject, ServiceObject } from './kube-objects.js';
import { type ProbeRoom, probeRoom } from './probe-room.js';
import { statusOf } from './to-instance.js';
import { type NetworkOptions, toPolicySpec } from './to-network-policies.js';
import { type ProbeOptions, probeLabels, probePort, toProbePod } from './to-probes.js';

/** What an agent looks like from outside, for a try: a pod behind the same walls as an agent's, with a Service. */
export interface EndpointProbe {
  readonly pod: PodObject;
  /** The Service, of type `NodePort` where that is asked for. */
  service(type: 'ClusterIP' | 'NodePort'): Promise<ServiceObject>;
  remove(): Promise<void>;
}

export interface EndpointProbeOptions extends ProbeOptions, NetworkOptions {
  /** Where it is made; undefined: in a namespace of its own. */
  readonly namespace: string | undefined;
}

/** Makes the probe and waits until it runs. What was made is removed when that fails. */
export async function endpointProbe(
  client: KubeClient,
  options: EndpointProbeOptions,
  signal: AbortSignal,
): Promise<EndpointProbe> {
  const doing = 'find out how agents are reached';
  const room = await probeRoom({ client, namespace: options.namespace, doing, signal });
  try {
    const pod = await makePod(room, options);
    return {
      pod,
      remove: () => room.remove(),
      async service(type) {
        const name = type === 'NodePort' ? `${room.id}-node-port` : room.id;
        const { namespace } = room;
        const selector = selectorOf(room);
        const metadata = { name, namespace, labels: selector };
        const ports = [{ name: 'agent', port: probePort, targetPort: probePort, protocol: 'TCP' }];
        await room.create({ apiVersion: 'v1', kind: 'Service', metadata, spec: { type, selector, ports } });
        return client.json<ServiceObject>({ method: 'GET', path: pathOf('Service', namespace, name), signal });
      },
    };
  } catch (error) {
    await room.remove();
    throw error;
  }
}

const selectorOf = ({ id }: ProbeRoom) => ({ ...probeLabels, 'moorage.probe': id });

async function makePod(room: ProbeRoom, options: EndpointProbeOptions): Promise<PodObject> {
  const { id, namespace } = room;
  const selector = selectorOf(room);
  const metadata = { name: id, namespace, labels: selector };
  const subject = { owner: id, tenant: id, agentId: id, port: probePort, egress: 'none', peers: [] } as const;
  const spec = toPolicySpec(selector, subject, options);
  await room.create({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec });
  await room.create({ ...toProbePod('open-server', room, options), metadata });
  return room.until(id, (found) => (statusOf(found)?.state?.running && found.status?.podIP ? found : undefined));
}

import type { OwnerId, TenantId } from '@moorage/core/driver';
import type { KubeObject } from './kube-objects.js';
import { label, labelValue, peerLabel, shortHash } from './labels.js';

export interface NetworkOptions {
  /**
   * Ranges that `egress: "internet"` does not reach: those that are not the internet, where clusters have their own.
   */
  readonly internetExcept: readonly string[];
  /** Which pods may reach every agent: the host's. */
  readonly hostPods: Readonly<Record<string, string>>;
  /** Sources besides, as in a NetworkPolicy's `from`: an ingress controller, a monitoring system. */
  readonly ingressFrom: readonly object[];
  /** What agents with egress reach besides, as in a NetworkPolicy's `egress`: where they report usage, for one. */
  readonly egressTo: readonly object[];
}

export const defaultNetworkOptions: NetworkOptions = {
  internetExcept: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  hostPods: { [label.role]: 'host' },
  ingressFrom: [],
  egressTo: [],
};

/** What a policy is about: the pods, and whom they may talk to. */
export interface PolicySubject {
  readonly owner: OwnerId;
  readonly tenant: TenantId;
  readonly agentId: string;
  readonly port: number;
  readonly egress: 'none' | 'internet';
  readonly peers: readonly string[];
}

export function tenantLabels(owner: OwnerId, tenant: TenantId): Readonly<Record<string, string>> {
  return { [label.owner]: labelValue(owner), [label.tenant]: shortHash(tenant, 40) };
}

/** Nothing in, nothing out, for every pod of the namespace that no other policy speaks for. */
export function toDefaultDeny(namespace: string, owner: OwnerId, tenant: TenantId): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'moor-default-deny', namespace, labels: tenantLabels(owner, tenant) },
    // Both lists are said though they are empty: what somebody opens in them is put back by stating the wish again.
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
  };
}

/** The `spec` of the policy for the pods that the selector finds: their tenant, their peers, names, the host. Pure. */
export function toPolicySpec(
  selector: Readonly<Record<string, string>>,
  subject: PolicySubject,
  options: NetworkOptions,
): object {
  const sameTenant = { podSelector: { matchLabels: tenantLabels(subject.owner, subject.tenant) } };
  const owned = { [label.owner]: labelValue(subject.owner) };
  const anywhere = { namespaceSelector: {} };
  const port = [{ protocol: 'TCP', port: subject.port }];
  const callers = { ...anywhere, podSelector: { matchLabels: { ...owned, [peerLabel(subject.agentId)]: 'true' } } };
  const hosts = { ...anywhere, podSelector: { matchLabels: options.hostPods } };
  const peers = subject.peers.map((agent) => ({
    ...anywhere,
    podSelector: { matchLabels: { ...owned, [label.agent]: shortHash(agent, 40) } },
  }));
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [sameTenant] }, { from: [hosts, callers, ...options.ingressFrom], ports: port }],
    egress: [
      toNames,
      { to: [sameTenant] },
      ...(peers.length === 0 ? [] : [{ to: peers }]),
      ...(subject.egress === 'none' ? [] : [{ to: [internet(options)] }, ...options.egressTo]),
    ],
  };
}

/** The cluster's name service, also where a node answers for it at a link-local address. */
const toNames = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
    { ipBlock: { cidr: '169.254.20.10/32' } },
  ],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

function internet({ internetExcept }: NetworkOptions): object {
  return { ipBlock: { cidr: '0.0.0.0/0', except: internetExcept } };
}

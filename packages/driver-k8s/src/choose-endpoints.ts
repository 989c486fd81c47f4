import { lookup } from 'node:dns/promises';
import { type Endpoint, MoorageError } from '@moorage/core/driver';
import { askEndpoint } from './ask-endpoint.js';
import { classifyError } from './classify-error.js';
import { type EndpointKind, endpointKinds, reachesPods } from './endpoint-kind.js';
import { type EndpointProbe, endpointProbe } from './endpoint-probe.js';
import { type ConnectionOptions, kubeClient } from './kube-client.js';
import { toAddress } from './to-address.js';
import { defaultNetworkOptions } from './to-network-policies.js';
import { probePort } from './to-probes.js';

export interface ChooseEndpointsOptions extends ConnectionOptions {
  /** Only this way is tried, and refused when it does not work. Default: the first that works. */
  readonly endpoints?: EndpointKind | undefined;
  /** As the driver's: the probe is made there. Default: in a namespace of its own. */
  readonly namespace?: string | undefined;
  /** As the driver's. */
  readonly nodeAddress?: string | undefined;
  /** As the driver's. */
  readonly hostPods?: Readonly<Record<string, string>> | undefined;
  /** As the driver's. */
  readonly ingressFrom?: readonly object[] | undefined;
  /** An image with `node` on its path, which the cluster can pull. Default `node:22-alpine`. */
  readonly image?: string | undefined;
  /** Default `IfNotPresent`. */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  /** Default: two minutes. */
  readonly signal?: AbortSignal | undefined;
}

export interface ChosenEndpoints {
  /** For the driver's option of that name. */
  readonly endpoints: EndpointKind;
  /** What answered, for a person. */
  readonly reason: string;
}

/** For so long is a way tried that does not answer yet. */
const tryMs = 8_000;

/**
 * Finds out how agents are reached from here, by real requests to a pod that stands behind an agent's walls and is
 * removed afterwards. Takes some seconds; keep the answer for as long as host and cluster stay where they are. Errors:
 * `invalid_argument` when the given way does not work and another does, `unavailable` when none does or the pod does
 * not come up, `permission_denied`, `timeout`.
 */
export async function chooseEndpoints(options: ChooseEndpointsOptions = {}): Promise<ChosenEndpoints> {
  const signal = options.signal ?? AbortSignal.timeout(120_000);
  const client = kubeClient(options);
  const ended = new AbortController();
  let probe: EndpointProbe | undefined;
  try {
    probe = await endpointProbe(client, probeOptions(options), signal);
    const tries = triesOf(probe, options.nodeAddress, AbortSignal.any([signal, ended.signal]));
    return await choose(tries, options.endpoints);
  } catch (error) {
    const scene = { operation: 'chooseEndpoints', action: 'Cannot find out how agents are reached', signal };
    throw classifyError(error, { ...scene, address: client.address });
  } finally {
    ended.abort();
    await probe?.remove();
    client.close();
  }
}

function probeOptions(options: ChooseEndpointsOptions) {
  return {
    ...defaultNetworkOptions,
    namespace: options.namespace,
    hostPods: options.hostPods ?? defaultNetworkOptions.hostPods,
    ingressFrom: options.ingressFrom ?? defaultNetworkOptions.ingressFrom,
    image: options.image ?? 'node:22-alpine',
    imagePullPolicy: options.imagePullPolicy ?? 'IfNotPresent',
    imagePullSecrets: [],
    runtimeClassName: undefined,
  } as const;
}

/** One way, tried: where, and why it did not answer; undefined when it did. */
export interface Tried {
  readonly where: string;
  readonly failure: string | undefined;
}

export type Tries = (kind: EndpointKind) => Promise<Tried>;

/** Each way is tried once, whoever asks. */
function triesOf(probe: EndpointProbe, nodeAddress: string | undefined, signal: AbortSignal): Tries {
  const started = new Map<EndpointKind, Promise<Tried>>();
  let ordinary: ReturnType<EndpointProbe['service']> | undefined;
  const ask = async (endpoint: Endpoint | undefined): Promise<Tried> => {
    if (!endpoint) return { where: 'none', failure: 'the cluster gives no such address' };
    const where = `${endpoint.host}:${endpoint.port}`;
    return { where, failure: await askEndpoint(endpoint, tryMs, signal) };
  };
  const start = async (kind: EndpointKind): Promise<Tried> => {
    if (kind === 'pod') return ask({ host: probe.pod.status?.podIP ?? '', port: probePort });
    if (kind === 'dns' && !(await namesResolve())) {
      return { where: 'kubernetes.default.svc', failure: 'the name is not known here' };
    }
    if (kind === 'node-port') {
      return ask(toAddress(await probe.service('NodePort'), [probe.pod], { endpoints: kind, nodeAddress }));
    }
    ordinary ??= probe.service('ClusterIP');
    const tried = await ask(toAddress(await ordinary, [probe.pod], { endpoints: kind, nodeAddress }));
    if (kind === 'service' || tried.failure !== undefined) return tried;
    // Single instances are asked at their own address.
    const pod = await tries('pod');
    return pod.failure === undefined ? tried : pod;
  };
  const tries = (kind: EndpointKind): Promise<Tried> => {
    const known = started.get(kind);
    if (known) return known;
    const one = start(kind);
    one.catch(() => {});
    started.set(kind, one);
    return one;
  };
  return tries;
}

const nameMs = 5_000;

/** Asked before a name that has just been made: that it is not there yet would be remembered for a while. */
function namesResolve(): Promise<boolean> {
  const found = lookup('kubernetes.default.svc').then(
    () => true,
    () => false,
  );
  return Promise.race([found, new Promise<boolean>((resolve) => setTimeout(resolve, nameMs, false).unref())]);
}

/** The wanted way, or the first that answers; a port of the nodes is opened only when nothing else answers. */
export async function choose(tries: Tries, wanted: EndpointKind | undefined): Promise<ChosenEndpoints> {
  if (wanted !== undefined) {
    const tried = await tries(wanted);
    if (tried.failure === undefined) return toChosen(wanted, tried);
  }
  const failed = new Map<EndpointKind, Tried>();
  for (const kind of endpointKinds) if (kind !== 'node-port') void tries(kind);
  for (const kind of endpointKinds) {
    const tried = await tries(kind);
    if (tried.failure !== undefined) failed.set(kind, tried);
    else if (wanted === undefined) return toChosen(kind, tried);
    else throw refusal(wanted, await tries(wanted), kind);
  }
  throw noneAnswers(failed);
}

function toChosen(endpoints: EndpointKind, { where }: Tried): ChosenEndpoints {
  const how = reachesPods(endpoints) ? 'each instance was asked' : 'all behind one address';
  return { endpoints, reason: `${where} answers (${how})` };
}

function refusal(wanted: EndpointKind, { where, failure }: Tried, instead: EndpointKind): MoorageError {
  return new MoorageError(
    'invalid_argument',
    `Cannot reach agents by "${wanted}" from here: ${where} does not answer (${failure}). Choose "${instead}", which answers, or leave the choice out`,
    { operation: 'chooseEndpoints', context: { field: 'endpoints', value: wanted, instead } },
  );
}

function noneAnswers(failed: ReadonlyMap<EndpointKind, Tried>): MoorageError {
  const words = [...failed].map(([kind, { where, failure }]) => `"${kind}" at ${where} (${failure})`);
  return new MoorageError(
    'unavailable',
    `Cannot reach agents from here: tried ${words.join(', ')}. Run the host inside the cluster, let its address in with ingressFrom, or give a nodeAddress whose ports are open`,
    { operation: 'chooseEndpoints', context: { tried: [...failed.keys()] } },
  );
}

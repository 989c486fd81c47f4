import {
  type DriverCapabilities,
  type LogLine,
  type LogsCall,
  MoorageError,
  type OwnerId,
  type TenantId,
  type WorkloadDriver,
} from '@moorage/core/driver';
import { applyWorkload } from './apply-workload.js';
import { type CallSignals, callSignals } from './call-signals.js';
import { checkSharing } from './check-sharing.js';
import { checkTemplate } from './check-template.js';
import { classifyError } from './classify-error.js';
import { deleteWorkload } from './delete-workload.js';
import type { DriverTools } from './driver-tools.js';
import type { EndpointKind } from './endpoint-kind.js';
import { type EngineIdentity, engineIdentity } from './engine-identity.js';
import { defaultFollowTimes } from './follow-kind.js';
import { type ConnectionOptions, type KubeClient, kubeClient } from './kube-client.js';
import { observeInstances, observeWorkloads } from './observe.js';
import { type OwnerCache, ownerCache } from './owner-cache.js';
import { readLogs } from './read-logs.js';
import { type RunOptions, runSettings } from './run-settings.js';
import { startRun } from './start-run.js';
import { defaultNetworkOptions } from './to-network-policies.js';
import type { ObjectOptions, TenantQuota } from './to-objects.js';
import { type NodeFigure, usageMeter } from './usage-meter.js';
import { type VolumeOptions, volumeSettings } from './volume-settings.js';

export interface KubernetesDriverOptions extends ConnectionOptions {
  /** One namespace for all tenants, which has to be there. Default: one is made for each tenant. */
  readonly namespace?: string | undefined;
  /**
   * What `verifyPolicies` found out. Default `unenforced`: agents get their policies all the same, but what needs walls
   * is refused, since some network plugins ignore policies.
   */
  readonly policies?: 'enforced' | 'unenforced' | undefined;
  /** How agents are reached from this host: what `chooseEndpoints` found out. Default `pod`. */
  readonly endpoints?: EndpointKind | undefined;
  /** With `node-port`: name or address of the nodes, from here. Default that of a node on which an instance runs. */
  readonly nodeAddress?: string | undefined;
  /** Default `NodePort` with the endpoints `node-port`, else `ClusterIP`. */
  readonly serviceType?: 'ClusterIP' | 'NodePort' | undefined;
  /** Default `IfNotPresent`. */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  /** Names of Secrets with registry logins, in each namespace. Default none. */
  readonly imagePullSecrets?: readonly string[] | undefined;
  /** RuntimeClass of every pod, e.g. of a sandboxed runtime. Default the cluster's own. */
  readonly runtimeClassName?: string | undefined;
  /** What is different for runs. */
  readonly runs?: RunOptions | undefined;
  /** Gives `state.volumes` to agents, as PersistentVolumeClaims; `{}` takes the cluster's defaults. Default: refused. */
  readonly volumes?: VolumeOptions | undefined;
  /**
   * Figures that are read from the kubelets, by the right to "get" "nodes/proxy": a powerful one, which the shipped
   * role leaves out. Where it is missing they are "unsupported". Not every kubelet knows the network. Default none.
   */
  readonly nodeUsage?: readonly NodeFigure[] | undefined;
  /** A tenant's share of the cluster, as a ResourceQuota. Default none. */
  readonly quota?: ((tenant: TenantId) => TenantQuota | undefined) | undefined;
  /** How long load has to be low before the cluster takes instances away, in ms. Default its own: five minutes. */
  readonly scaleDownWindowMs?: number | undefined;
  /**
   * Ranges that `egress: "internet"` does not reach. Default every IPv4 range that is not public. Where nodes or the
   * API server have public addresses, give those as well as the ranges of the default.
   */
  readonly internetExcept?: readonly string[] | undefined;
  /** Labels of the pods that may reach every agent. Default `moorage.role: host`. */
  readonly hostPods?: Readonly<Record<string, string>> | undefined;
  /** Further sources, as in `from` of a NetworkPolicy. Default none. */
  readonly ingressFrom?: readonly object[] | undefined;
  /** What agents with `egress: "internet"` reach besides, as in `egress` of a NetworkPolicy; runs do not. Default none. */
  readonly egressTo?: readonly object[] | undefined;
  /** A watch on which nothing comes for so long is given up, in ms, at least 1 000. Default 90 000. */
  readonly watchIdleMs?: number | undefined;
}

/**
 * Runs agents as Deployments of a Kubernetes cluster, 1.28 or newer: the cluster keeps replicas, rolls out, restarts.
 * Nothing is opened before the first call. Throws `invalid_argument` for options that cannot be used.
 */
export function kubernetesDriver(options: KubernetesDriverOptions = {}): WorkloadDriver {
  const capabilities = toCapabilities(options);
  const signals = callSignals();
  const client = kubeClient(options);
  const identity = engineIdentity(client);
  const caches = cachesByOwner(options, client, identity);
  const tools: DriverTools = {
    client,
    options: toObjectOptions(options),
    ways: { endpoints: options.endpoints ?? 'pod', nodeAddress: options.nodeAddress },
    making: new Map(),
    putBack: new Set(),
    finishing: new Set(),
    closing: signals.closing,
    async cache(owner, signal) {
      const cache = caches.of(owner);
      await cache.ready(signal);
      await identity.check(signal);
      return cache;
    },
  };

  const run = callRunner(signals, client);
  const work = observations(tools, run, identity);
  const usage = usageMeter(client, options.nodeUsage ?? []);

  return Object.freeze<WorkloadDriver>({
    contract: 1,
    name: 'kubernetes',
    level: 'workload',
    capabilities,
    ...work,
    apply: (workload, call) =>
      run('driver.apply', `Cannot apply deployment "${workload.deploymentId}"`, call.signal, async (signal) => {
        checkTemplate(workload.template, capabilities, 'driver.apply');
        checkSharing(workload, tools.options.volumes);
        await applyWorkload(tools, workload, signal);
      }),
    deleteWorkload: (deploymentId, { owner, signal: caller }) =>
      run('driver.deleteWorkload', `Cannot delete deployment "${deploymentId}"`, caller, (signal) =>
        deleteWorkload(tools, deploymentId, owner, signal),
      ),
    startRun: (job, call) =>
      run('driver.startRun', `Cannot start run "${job.spec.name}"`, call.signal, async (signal) => {
        // A deployment's volumes are its instances'.
        checkTemplate(job.spec, { ...capabilities, volumes: false }, 'driver.startRun');
        await startRun(tools, job, signal);
      }),
    usage: (names, { owner, signal: caller }) =>
      run('driver.usage', 'Cannot measure usage', caller, async (signal) => {
        const cache = await tools.cache(owner, signal);
        return usage.measure(cache, names, { owner, namespace: options.namespace, signal });
      }),
    logs: (name, call) => logs(tools, signals, name, call),
    watch({ owner }, hint) {
      return signals.closing.aborted ? () => undefined : caches.of(owner).subscribe(hint);
    },
    async close() {
      signals.close();
      caches.close();
      client.close();
    },
  });
}

type Run = <T>(
  operation: string,
  action: string,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

/** Runs one call under its signal; whatever it throws leaves as a `MoorageError`. */
function callRunner(signals: CallSignals, client: KubeClient): Run {
  return (operation, action, caller, work) =>
    signals.run(caller, operation, async (signal) => {
      try {
        signal.throwIfAborted();
        return await work(signal);
      } catch (error) {
        throw classifyError(error, { operation, action, signal, address: client.address });
      }
    });
}

function observations(
  tools: DriverTools,
  run: Run,
  identity: EngineIdentity,
): Pick<WorkloadDriver, 'list' | 'describe'> {
  const observing = (owner: OwnerId, signal: AbortSignal) =>
    Promise.all([identity.check(signal), tools.cache(owner, signal)] as const);
  return {
    list: ({ owner }, call) =>
      run('driver.list', 'Cannot list instances', call.signal, async (signal) => {
        const [engine, cache] = await observing(owner, signal);
        return observeInstances(engine, cache, tools.ways);
      }),
    describe: ({ owner }, call) =>
      run('driver.describe', 'Cannot describe deployments', call.signal, async (signal) => {
        const [engine, cache] = await observing(owner, signal);
        return observeWorkloads(engine, cache, tools);
      }),
  };
}

async function* logs(tools: DriverTools, signals: CallSignals, name: string, call: LogsCall): AsyncGenerator<LogLine> {
  const operation = 'driver.logs';
  if (signals.closing.aborted) throw new MoorageError('cancelled', 'The Kubernetes driver is closed', { operation });
  const signal = AbortSignal.any([call.signal, signals.closing]);
  try {
    signal.throwIfAborted();
    yield* readLogs(tools.client, await tools.cache(call.owner, signal), name, { ...call, signal });
  } catch (error) {
    // Whoever follows ends it by the signal; that is no failure.
    if (call.follow && call.signal.aborted) return;
    const action = `Cannot read the logs of "${name}"`;
    throw classifyError(error, { operation, action, signal, address: tools.client.address });
  }
}

function cachesByOwner(
  { namespace, watchIdleMs, volumes }: KubernetesDriverOptions,
  client: KubeClient,
  identity: EngineIdentity,
) {
  const caches = new Map<OwnerId, OwnerCache>();
  const times = { ...defaultFollowTimes, ...(watchIdleMs === undefined ? {} : { idleMs: watchIdleMs }) };
  return {
    of(owner: OwnerId): OwnerCache {
      const known = caches.get(owner);
      if (known) return known;
      const made = ownerCache({ client, identity, owner, namespace, volumes: volumes !== undefined, times });
      caches.set(owner, made);
      return made;
    },
    close() {
      for (const cache of caches.values()) cache.close();
      caches.clear();
    },
  };
}

function toCapabilities(options: KubernetesDriverOptions): DriverCapabilities {
  const { policies, watchIdleMs } = options;
  if (options.endpoints === 'node-port' && options.serviceType === 'ClusterIP') {
    const words = 'Cannot reach agents by "node-port" with the serviceType "ClusterIP": leave serviceType out';
    const context = { field: 'serviceType', value: options.serviceType };
    throw new MoorageError('invalid_argument', words, { operation: 'kubernetesDriver', context });
  }
  if (watchIdleMs !== undefined && !(watchIdleMs >= 1000)) {
    throw new MoorageError('invalid_argument', `Cannot use watchIdleMs ${watchIdleMs}: give at least 1000`, {
      operation: 'kubernetesDriver',
      context: { field: 'watchIdleMs', value: watchIdleMs },
    });
  }
  const enforced = policies === 'enforced';
  return Object.freeze({
    isolation: enforced,
    sources: Object.freeze(['image'] as const),
    limits: Object.freeze({ cpu: true, memory: true, disk: true, pids: false }),
    park: Object.freeze(['stop'] as const),
    egressControl: enforced,
    volumes: options.volumes !== undefined,
    logs: true,
    watch: true,
    usage: Object.freeze(['cpu', 'memory', ...(options.nodeUsage ?? [])] as const),
    runs: true,
    autoscale: Object.freeze(['cpu', 'memory'] as const),
  });
}

function toObjectOptions(options: KubernetesDriverOptions): ObjectOptions {
  return {
    namespace: options.namespace,
    serviceType: options.serviceType ?? (options.endpoints === 'node-port' ? 'NodePort' : 'ClusterIP'),
    imagePullPolicy: options.imagePullPolicy ?? 'IfNotPresent',
    imagePullSecrets: options.imagePullSecrets ?? [],
    runtimeClassName: options.runtimeClassName,
    runs: runSettings(options.runs),
    volumes: options.volumes && volumeSettings(options.volumes),
    quota: options.quota,
    scaleDownWindowMs: options.scaleDownWindowMs,
    internetExcept: options.internetExcept ?? defaultNetworkOptions.internetExcept,
    hostPods: options.hostPods ?? defaultNetworkOptions.hostPods,
    ingressFrom: options.ingressFrom ?? defaultNetworkOptions.ingressFrom,
    egressTo: options.egressTo ?? defaultNetworkOptions.egressTo,
  };
}

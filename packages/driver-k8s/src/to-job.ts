import type { SandboxJob } from '@moorage/core/driver';
import type { KubeObject, SecretObject } from './kube-objects.js';
import { annotation, label, labelValue, namespaceName, secretName, shortHash } from './labels.js';
import { tenantLabels, toPolicySpec } from './to-network-policies.js';
import { type ObjectOptions, secretValues, stamped, tenantObjects } from './to-objects.js';
import { toPodSpec } from './to-pod-spec.js';

/** A run as Kubernetes objects. The Job is made suspended: its walls are to stand before anything runs. */
export interface RunObjects {
  readonly tenant: readonly KubeObject[];
  readonly job: KubeObject;
  /** Its walls; they belong to the Job, and go with it. */
  readonly policy: KubeObject;
  /** Likewise, where it has secret values. */
  readonly secret: SecretObject | undefined;
}

/** Pure but for `now`, ms since 1970. */
export function toRun({ spec, deadline }: SandboxJob, options: ObjectOptions, now: number): RunObjects {
  const { owner, tenant, deploymentId, agentId, name } = spec;
  const namespace = options.namespace ?? namespaceName(owner, tenant);
  const selector = { [label.owner]: labelValue(owner), 'moorage.run': shortHash(name, 40) };
  const labels = {
    ...selector,
    ...tenantLabels(owner, tenant),
    [label.deployment]: labelValue(deploymentId),
    [label.agent]: shortHash(agentId, 40),
    [label.kind]: 'run',
  };
  const annotations = {
    [annotation.instance]: name,
    [annotation.tenant]: tenant,
    [annotation.agent]: agentId,
    [annotation.hash]: spec.templateHash,
    [annotation.restart]: String(spec.restartEpoch),
    [annotation.port]: String(spec.port),
    [annotation.ordinal]: String(spec.ordinal),
    [annotation.attempt]: String(spec.attempt),
  };
  const place = { name, namespace, labels };
  const secret = Object.keys(spec.secretEnv).sort();
  const secrets = secretName(name, spec.templateHash);
  const policy: KubeObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: place,
    spec: toPolicySpec(selector, { ...spec, peers: [] }, { ...options, egressTo: [] }),
  };
  const pods = { ...options, runtimeClassName: options.runs.runtimeClassName ?? options.runtimeClassName };
  const metadata = { ...place, name: secrets };
  const values: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata, ...secretValues(spec.secretEnv) };
  const job: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...place, annotations },
    spec: {
      suspend: true,
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      ttlSecondsAfterFinished: Math.ceil(options.runs.keepMs / 1000),
      activeDeadlineSeconds: Math.max(1, Math.ceil((deadline - now) / 1000)),
      template: {
        metadata: { labels, annotations },
        spec: {
          ...toPodSpec(spec, { plain: spec.env, secret, secretName: secrets }, pods, undefined),
          restartPolicy: 'Never',
        },
      },
    },
  };
  return {
    tenant: options.namespace === undefined ? tenantObjects(owner, tenant, namespace, options) : [],
    job: stamped(job),
    policy,
    secret: secret.length === 0 ? undefined : values,
  };
}

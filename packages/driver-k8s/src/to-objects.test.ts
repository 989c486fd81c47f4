import type { Workload } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { options, workload } from '../test/full-wish.js';
import type { KubeObject } from './kube-objects.js';
import { annotation, label, namespaceName, peerLabel, shortHash } from './labels.js';
import { defaultNetworkOptions } from './to-network-policies.js';
import { type ObjectOptions, toObjects } from './to-objects.js';

const make = (given: Partial<Workload> = {}, more: Partial<ObjectOptions> = {}) =>
  toObjects({ ...workload, ...given }, { ...options, ...more });

const all = (given?: Partial<Workload>, more?: Partial<ObjectOptions>): readonly KubeObject[] => {
  const { tenant, policy, before, deployment, after } = make(given, more);
  return [...tenant, policy, ...before, deployment, ...after];
};

const kindsOf = (objects: readonly KubeObject[]) => objects.map(({ kind }) => kind);
const find = (kind: string, objects = all()) => objects.find((object) => object.kind === kind);

/** The first container of the Deployment. */
function container(given?: Partial<Workload>) {
  const { spec } = make(given).deployment as {
    spec: { template: { spec: { containers: Record<string, unknown>[] } } };
  };
  return spec.template.spec.containers[0] ?? {};
}

describe('toObjects', () => {
  it("puts everything into the tenant's namespace, under the owner's label, with a hash of what it says", () => {
    for (const { kind, metadata } of all({ replicas: { fixed: 2 } })) {
      expect(metadata.labels?.[label.owner]).toBe('owner-1');
      expect(metadata.annotations?.[annotation.applied]).toMatch(/^[0-9a-f]{32}$/);
      if (kind !== 'Namespace') expect(metadata.namespace).toBe(namespaceName('owner-1', 'Müller & Söhne'));
    }
  });

  it('makes what the wish needs and nothing else', () => {
    expect(kindsOf(all({ secretEnv: {} }))).toEqual([
      'Namespace',
      'NetworkPolicy',
      'NetworkPolicy',
      'Service',
      'Deployment',
    ]);
    expect(make({ secretEnv: {} }).secret).toBeUndefined();
    expect(make().secret?.kind).toBe('Secret');
    expect(kindsOf(make({ replicas: { fixed: 2 } }).after)).toEqual(['PodDisruptionBudget']);
    const range = { min: 1, max: 4, targets: [{ metric: 'cpu', percent: 80 }] } as const;
    expect(kindsOf(make({ replicas: range }).after)).toEqual(['PodDisruptionBudget', 'HorizontalPodAutoscaler']);
  });

  it('makes no namespace of its own in a shared one', () => {
    const objects = all({}, { namespace: 'shared' });
    expect(kindsOf(objects)).not.toContain('Namespace');
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['shared']));
  });

  it('says the same of the same wish, and something else of another', () => {
    const hashOf = (object: KubeObject | undefined) => object?.metadata.annotations?.[annotation.applied];
    expect(all()).toEqual(all());
    expect(hashOf(make().deployment)).not.toBe(hashOf(make({ replicas: { fixed: 3 } }).deployment));
    expect(hashOf(make().deployment)).not.toBe(hashOf(make({ restartEpoch: 3 }).deployment));
  });

  it('changes no pod for another generation or another number of them', () => {
    const template = (given?: Partial<Workload>) => (make(given).deployment.spec as { template: unknown }).template;
    expect(template({ generation: 5, replicas: { fixed: 3 } })).toEqual(template());
    expect(template({ restartEpoch: 3 })).not.toEqual(template());
  });

  it('keeps secrets in the Secret: not in the pod, and in no hash', () => {
    const encoded = Buffer.from('swordfish').toString('base64');
    expect(JSON.stringify(all())).not.toContain('swordfish');
    expect(JSON.stringify(all())).not.toContain(encoded);
    const secret = (value: string) => make({ secretEnv: { TOKEN: value } }).secret;
    expect(secret('swordfish')?.data).toEqual({ TOKEN: encoded });
    expect(secret('one')?.metadata).toEqual(secret('two')?.metadata);
    expect(container().env).toContainEqual({
      name: 'TOKEN',
      valueFrom: { secretKeyRef: { name: 'moor-d-abcdefghijklmnop-01234567', key: 'TOKEN' } },
    });
  });

  it('passes variables and arguments on as they are', () => {
    expect(container().env).toContainEqual({ name: 'GREETING', value: 'costs $$(PRICE)' });
    expect(container().env).toContainEqual({ name: 'PORT', value: '8080' });
    expect(container().command).toEqual(['node', '$$HOME/agent.mjs']);
  });

  it('puts pods into the cage that Pod Security calls restricted', () => {
    expect(find('Namespace')?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
    const { spec } = make().deployment as { spec: { template: { spec: Record<string, unknown> } } };
    expect(spec.template.spec).toMatchObject({
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 2,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 2000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(container()).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: { limits: { cpu: '1500m', memory: '1024' }, requests: { cpu: '1500m', memory: '1024' } },
    });
  });

  it('rolls out one more at a time, behind readiness, until its deadline', () => {
    expect(make().deployment.spec).toMatchObject({
      replicas: 1,
      progressDeadlineSeconds: 91,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    expect(container()).toMatchObject({
      startupProbe: { periodSeconds: 1, failureThreshold: 33 },
      readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 10, timeoutSeconds: 2 },
    });
  });

  it('says a range as an autoscaler, and leaves the number to it', () => {
    const range = { min: 0, max: 4, targets: [{ metric: 'memory', percent: 70.4 }] } as const;
    const objects = all({ replicas: range });
    expect(find('Deployment', objects)?.spec).toMatchObject({ replicas: undefined });
    expect(find('HorizontalPodAutoscaler', objects)?.spec).toMatchObject({
      minReplicas: 1,
      maxReplicas: 4,
      metrics: [{ resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 70 } } }],
    });
  });

  it('carries the windows of a range over, in whole seconds', () => {
    const range = { min: 1, max: 4, targets: [{ metric: 'cpu', percent: 50 }] } as const;
    const behaviorOf = (windows: object, given: Partial<ObjectOptions> = {}) => {
      const spec = find('HorizontalPodAutoscaler', all({ replicas: { ...range, ...windows } }, given))?.spec;
      return (spec as { readonly behavior?: object } | undefined)?.behavior;
    };
    expect(behaviorOf({ upWindowMs: 1_500, downWindowMs: 0 })).toEqual({
      scaleUp: { stabilizationWindowSeconds: 2 },
      scaleDown: { stabilizationWindowSeconds: 0 },
    });
    expect(behaviorOf({}, { scaleDownWindowMs: 60_000 })).toEqual({ scaleDown: { stabilizationWindowSeconds: 60 } });
    expect(behaviorOf({ downWindowMs: 5_000 }, { scaleDownWindowMs: 60_000 })).toEqual({
      scaleDown: { stabilizationWindowSeconds: 5 },
    });
    expect(behaviorOf({})).toBeUndefined();
  });

  it('gives a tenant room for roll-outs beyond its quota', () => {
    const quota = () => ({ instances: 3, cpuMillis: 500 });
    expect(find('ResourceQuota', all({}, { quota }))?.spec).toEqual({ hard: { pods: '6', 'limits.cpu': '1000m' } });
    expect(find('ResourceQuota', all({}, { quota: () => ({}) }))).toBeUndefined();
  });
});

describe('policies', () => {
  const policy = (given: Partial<Workload['template']> = {}) =>
    make({ template: { ...workload.template, ...given } }).policy.spec as {
      ingress: { from: object[] }[];
      egress: { to: object[] }[];
    };

  it('lets in the tenant, the host, and agents that declare this one as their peer', () => {
    const sources = policy().ingress.flatMap(({ from }) => from);
    expect(sources).toContainEqual({
      podSelector: { matchLabels: { [label.owner]: 'owner-1', [label.tenant]: shortHash('Müller & Söhne', 40) } },
    });
    expect(sources).toContainEqual({
      namespaceSelector: {},
      podSelector: { matchLabels: { [label.owner]: 'owner-1', [peerLabel('agent.calculator')]: 'true' } },
    });
    expect(sources).toContainEqual({ namespaceSelector: {}, podSelector: { matchLabels: { [label.role]: 'host' } } });
  });

  it('lets out to declared peers and to the internet, which no private range is part of', () => {
    const targets = policy().egress.flatMap(({ to }) => to);
    expect(targets).toContainEqual({
      namespaceSelector: {},
      podSelector: { matchLabels: { [label.owner]: 'owner-1', [label.agent]: shortHash('agent.other', 40) } },
    });
    expect(targets).toContainEqual({ ipBlock: { cidr: '0.0.0.0/0', except: defaultNetworkOptions.internetExcept } });
    const closed = policy({ egress: 'none', peers: [] }).egress.flatMap(({ to }) => to);
    expect(JSON.stringify(closed)).not.toContain('0.0.0.0/0');
    expect(JSON.stringify(closed)).not.toContain(label.agent);
  });
});

import type { HealthPolicy, Resources, Template } from '@moorage/core/driver';
import { containerName } from './labels.js';
import type { PodVolume } from './to-volumes.js';

/** The part of a template that says what runs in a pod; an instance's spec has it as well. */
export type PodSource = Pick<
  Template,
  'source' | 'command' | 'port' | 'resources' | 'user' | 'readOnlyRoot' | 'graceMs'
>;

export interface PodOptions {
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly imagePullSecrets: readonly string[];
  readonly runtimeClassName: string | undefined;
}

export interface PodEnv {
  readonly plain: Readonly<Record<string, string>>;
  /** Names of the variables that are kept in the Secret of that name. */
  readonly secret: readonly string[];
  readonly secretName: string;
}

/** What runs, in its cage: Pod Security `restricted`, no token, a read-only root with a small `/tmp`. Pure. */
export function toPodSpec(
  source: PodSource,
  env: PodEnv,
  options: PodOptions,
  health: HealthPolicy | undefined,
  kept: readonly PodVolume[] = [],
): Readonly<Record<string, unknown>> {
  const [uid, gid] = source.user.split(':').map(Number);
  const limits = toLimits(source.resources);
  const temporary = { name: 'tmp', mountPath: '/tmp' };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: Math.ceil(source.graceMs / 1000),
    ...(options.runtimeClassName === undefined ? {} : { runtimeClassName: options.runtimeClassName }),
    ...(options.imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: options.imagePullSecrets.map((name) => ({ name })) }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: uid,
      runAsGroup: gid ?? uid,
      fsGroup: gid ?? uid,
      seccompProfile: { type: 'RuntimeDefault' },
      // The folder of a volume is given to the group once, not with every start.
      ...(kept.length === 0 ? {} : { fsGroupChangePolicy: 'OnRootMismatch' }),
    },
    containers: [
      {
        name: containerName,
        image: source.source.kind === 'program' ? '' : source.source.image,
        imagePullPolicy: options.imagePullPolicy,
        ...(source.command === undefined ? {} : { command: source.command.map(literal) }),
        env: toEnv(source.port, env),
        ports: [{ name: 'agent', containerPort: source.port, protocol: 'TCP' }],
        resources: { requests: limits, limits },
        ...(health === undefined ? {} : toProbes(health, source.port)),
        securityContext: {
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: source.readOnlyRoot,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [temporary, ...kept.map(({ name, path }) => ({ name, mountPath: path }))],
      },
    ],
    volumes: [
      { name: temporary.name, emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
      ...kept.map(({ name, claim }) => ({ name, persistentVolumeClaim: { claimName: claim } })),
    ],
  };
}

/** Kubernetes puts values in place of `$(NAME)`; doubled, a dollar sign is one. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function toEnv(port: number, env: PodEnv): readonly object[] {
  const plain = Object.entries({ ...env.plain, PORT: String(port) }).filter(([name]) => !env.secret.includes(name));
  return [
    ...plain.map(([name, value]) => ({ name, value: literal(value) })),
    ...env.secret.map((name) => ({ name, valueFrom: { secretKeyRef: { name: env.secretName, key: name } } })),
  ];
}

/** Requests equal limits, so that a node never promises more than it has. */
function toLimits({ cpuMillis, memoryBytes, diskBytes }: Resources): Readonly<Record<string, string>> {
  return {
    ...(cpuMillis === undefined ? {} : { cpu: toCpu(cpuMillis) }),
    ...(memoryBytes === undefined ? {} : { memory: String(memoryBytes) }),
    ...(diskBytes === undefined ? {} : { 'ephemeral-storage': String(diskBytes) }),
  };
}

/** As the API server writes it back: whole cores without a suffix. */
export function toCpu(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/**
 * Once a second until the first success, for as long as the start period and the failures after it allow; then at the
 * interval, not ready after as many failures as the policy says, and made anew by the kubelet after as many again.
 */
function toProbes(health: HealthPolicy, port: number): Readonly<Record<string, object>> {
  const httpGet = { path: health.path, port, scheme: 'HTTP' };
  const timeoutSeconds = seconds(health.timeoutMs);
  const steady = { httpGet, periodSeconds: seconds(health.intervalMs), timeoutSeconds };
  return {
    startupProbe: {
      httpGet,
      periodSeconds: 1,
      timeoutSeconds,
      failureThreshold: Math.ceil(health.startPeriodMs / 1000) + health.failureThreshold,
      successThreshold: 1,
    },
    readinessProbe: {
      ...steady,
      failureThreshold: health.failureThreshold,
      successThreshold: health.successThreshold,
    },
    livenessProbe: { ...steady, failureThreshold: 2 * health.failureThreshold, successThreshold: 1 },
  };
}

/** The parts of Kubernetes objects that are written or read here, as they come over the wire. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly generation?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly creationTimestamp?: string | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly managedFields?: unknown;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  /** Ours, not the cluster's: who besides us has set a field that is ours. */
  readonly changedBy?: string | undefined;
  readonly spec?: unknown;
}

export interface SecretObject extends KubeObject {
  readonly metadata: ObjectMeta & { readonly ownerReferences?: readonly object[] };
  readonly type: 'Opaque';
  readonly data: Readonly<Record<string, string>>;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export interface DeploymentObject extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly progressDeadlineSeconds?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface TerminatedState {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: TerminatedState;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface PodObject extends KubeObject {
  readonly spec?: { readonly nodeName?: string; readonly containers?: readonly { readonly image?: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly hostIP?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface ServiceObject extends KubeObject {
  readonly spec?: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly port: number; readonly nodePort?: number }[];
  };
}

export interface JobObject extends KubeObject {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: { readonly startTime?: string; readonly conditions?: readonly Condition[] };
}

export interface AutoscalerObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface EventObject extends KubeObject {
  readonly involvedObject?:
    | {
        readonly kind?: string;
        readonly namespace?: string;
        readonly name?: string;
        readonly uid?: string;
      }
    | undefined;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

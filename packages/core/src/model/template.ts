/**
 * What one instance is made from: the manifest's `runtime` with every default filled in. Immutable; another template
 * is another hash is another instance.
 */
export interface Template {
  readonly agentId: string;
  readonly source: TemplateSource;
  readonly command: readonly string[] | undefined;
  readonly env: readonly TemplateEnv[];
  /** Port the agent listens on, inside. */
  readonly port: number;
  readonly healthPath: string;
  readonly resources: Resources;
  readonly user: string;
  readonly readOnlyRoot: boolean;
  readonly isolated: boolean;
  readonly egress: 'none' | 'internet';
  readonly peers: readonly string[];
  readonly volumes: readonly VolumeMount[];
  readonly graceMs: number;
}

/** An image (Docker, Kubernetes), an image built from a folder, or a local program (process driver). */
export type TemplateSource =
  | { readonly kind: 'image'; readonly image: string }
  | { readonly kind: 'build'; readonly image: string; readonly context: string; readonly dockerfile: string }
  | {
      readonly kind: 'program';
      readonly language: string;
      readonly version: string | undefined;
      readonly entrypoint: string;
    };

/** A plain value, or a sealed secret: `version` rises when the value changes and is what the hash sees. */
export type TemplateEnv =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secret: { readonly version: number; readonly sealed: string } };

/** Limits; undefined means none asked for. */
export interface Resources {
  /** Thousandths of a core. */
  readonly cpuMillis: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly diskBytes: number | undefined;
  readonly pids: number | undefined;
}

export interface VolumeMount {
  readonly name: string;
  readonly path: string;
}

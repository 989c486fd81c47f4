import { type Manifest, MoorageError, parseBytes, parseCpu } from '@moorage/protocol/base';
import type { Template, TemplateEnv, TemplateSource } from '../model/template.js';

type Runtime = NonNullable<Manifest['runtime']>;

/** The version and the sealed text of a secret variable. */
export interface SealedSecret {
  readonly version: number;
  readonly sealed: string;
}

/**
 * A manifest's `runtime` with every default filled in. `secrets` holds the sealed value of each variable marked secret.
 * Errors: `invalid_argument` when there is nothing to run.
 */
export function toTemplate(manifest: Manifest, secrets: ReadonlyMap<string, SealedSecret>): Template {
  const runtime: Runtime = manifest.runtime ?? {};
  const limits = runtime.resources ?? {};
  const memory = limits.memory ?? (runtime.memory_mb === undefined ? undefined : `${runtime.memory_mb}Mi`);
  return {
    agentId: manifest.agent_id,
    source: sourceOf(manifest.agent_id, runtime),
    command: runtime.command,
    env: (runtime.env ?? []).map((variable) => toEnv(variable, secrets)),
    port: runtime.port ?? 8080,
    healthPath: runtime.health_path ?? '/health',
    resources: {
      cpuMillis: limits.cpu === undefined ? undefined : parseCpu(limits.cpu),
      memoryBytes: memory === undefined ? undefined : parseBytes(memory),
      diskBytes: limits.disk === undefined ? undefined : parseBytes(limits.disk),
      pids: limits.pids,
    },
    user: runtime.user ?? '65534:65534',
    readOnlyRoot: runtime.read_only_root ?? true,
    isolated: runtime.network?.isolated ?? false,
    egress: runtime.network?.egress ?? 'internet',
    peers: runtime.network?.peers ?? [],
    volumes: runtime.state?.volumes ?? [],
    graceMs: runtime.grace_ms ?? 10_000,
  };
}

function sourceOf(agentId: string, runtime: Runtime): TemplateSource {
  if (runtime.build) {
    const image = runtime.image ?? `moorage/${agentId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}:latest`;
    return {
      kind: 'build',
      image,
      context: runtime.build.context,
      dockerfile: runtime.build.dockerfile ?? 'Dockerfile',
    };
  }
  if (runtime.image !== undefined) return { kind: 'image', image: runtime.image };
  if (runtime.entrypoint !== undefined || runtime.command !== undefined) {
    return {
      kind: 'program',
      language: runtime.language ?? 'node',
      version: runtime.version,
      entrypoint: runtime.entrypoint ?? '',
    };
  }
  throw new MoorageError(
    'invalid_argument',
    'Cannot run the agent: runtime.image is missing; give an image, or runtime.language and runtime.entrypoint for a local program',
    { operation: 'host.deploy', context: { field: 'runtime.image' } },
  );
}

function toEnv(
  variable: { readonly name: string; readonly value: string; readonly secret?: boolean | undefined },
  secrets: ReadonlyMap<string, SealedSecret>,
): TemplateEnv {
  const sealed = variable.secret ? secrets.get(variable.name) : undefined;
  return sealed ? { name: variable.name, secret: sealed } : { name: variable.name, value: variable.value };
}

import type { Manifest } from '@moorage/protocol';

type EnvVariable = NonNullable<NonNullable<Manifest['runtime']>['env']>[number];

/** Variables that the host's operator adds to every agent that is deployed over HTTP and does not set them itself. */
export type AgentEnv = (agent: { readonly tenant: string; readonly agentId: string }) => readonly EnvVariable[];

/** The manifest with the operator's variables in it; the manifest's own come first. */
export function withAgentEnv(
  manifest: Readonly<Record<string, unknown>>,
  added: readonly EnvVariable[],
): Readonly<Record<string, unknown>> {
  if (added.length === 0) return manifest;
  const runtime = isRecord(manifest.runtime) ? manifest.runtime : {};
  const own = runtime.env ?? [];
  // Something else than a list is left for the manifest's own check to refuse.
  if (!Array.isArray(own)) return manifest;
  const names = new Set(own.map((variable: unknown) => (isRecord(variable) ? variable.name : undefined)));
  const missing = added.filter((variable) => !names.has(variable.name));
  return { ...manifest, runtime: { ...runtime, env: [...own, ...missing] } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

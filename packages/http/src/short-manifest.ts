import { type Manifest, MoorageError, type ParsedParams } from '@moorage/protocol';

type CreateParams = ParsedParams<'create_container'>;
type UpdateParams = ParsedParams<'update_container'>;
type Document = Readonly<Record<string, unknown>>;

/** The manifest that a create asks for: the whole one, or one made of `{agent_id, image, env, resources}`. */
export function manifestToCreate(params: CreateParams): Document {
  const { manifest, agent_id: agentId } = params;
  if (manifest) {
    if (agentId === undefined || manifest.agent_id === agentId) return manifest;
    throw refuse(
      'agent_id',
      `agent_id is "${agentId}", and the manifest is of "${String(manifest.agent_id)}": give one of the two`,
    );
  }
  if (params.image === undefined) {
    throw refuse('image', `image is missing: give the image of "${agentId}", or a whole manifest in its place`);
  }
  return { agent_id: agentId, name: agentId, version: '0.0.0', runtime: runtimeParts(params) };
}

/**
 * The manifest that an update asks for: the whole one, or the present one with image, env or resources replaced.
 * `supplied` names the secret variables that are added anyhow; the values of all others are sealed and cannot be
 * copied.
 */
export function manifestToUpdate(params: UpdateParams, present: Manifest, supplied: ReadonlySet<string>): Document {
  if (params.manifest) return params.manifest;
  const parts = runtimeParts(params);
  if (Object.keys(parts).length === 0)
    throw refuse('manifest', 'There is nothing to change: give a manifest, image, env or resources');
  const kept = (present.runtime?.env ?? []).filter((variable) => !(variable.secret && supplied.has(variable.name)));
  const sealed = kept.find((variable) => variable.secret);
  if (sealed && parts.env === undefined) {
    throw refuse(
      'env',
      `The secret "${sealed.name}" is kept sealed and cannot be copied: give env, or the whole manifest`,
    );
  }
  // memory_mb says the same as resources.memory, and a manifest may have one of them only.
  const { memory_mb: memory, ...runtime } = present.runtime ?? {};
  const limits = parts.resources === undefined && memory !== undefined ? { memory_mb: memory } : {};
  return { ...present, runtime: { ...runtime, ...limits, env: kept, ...parts } };
}

function runtimeParts(params: Pick<CreateParams, 'image' | 'env' | 'resources'>): Record<string, unknown> {
  const { image, env, resources } = params;
  return {
    ...(image === undefined ? {} : { image }),
    ...(env === undefined ? {} : { env: Array.isArray(env) ? env : variables(env) }),
    ...(resources === undefined ? {} : { resources }),
  };
}

function variables(env: Readonly<Record<string, string>>) {
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

function refuse(field: string, message: string): MoorageError {
  return new MoorageError('invalid_argument', message, { operation: 'http.manifest', context: { field } });
}

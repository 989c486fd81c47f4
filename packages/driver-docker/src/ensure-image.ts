import { isMoorageError, MoorageError, type TemplateSource } from '@moorage/core/driver';
import { buildContext } from './build-context.js';
import { engineWords, statusOf } from './classify-error.js';
import { type EngineClient, type EngineRequest, type RegistryAuth, segment } from './engine-client.js';
import type { ImageDetails, ProgressLine } from './engine-types.js';
import { parseImageReference } from './image-reference.js';
import { jsonLines } from './json-lines.js';
import { label } from './labels.js';

/** Logins by registry host, as in an image's name (`registry.example:5000`); `docker.io` for names without one. */
export type Credentials = Readonly<Record<string, { readonly username: string; readonly password: string }>>;

export interface ImageCall {
  readonly signal: AbortSignal;
  readonly onProgress: ((message: string) => void) | undefined;
}

/** Makes sure that the engine has the image; returns the name to create from. Credentials are in no message. */
export async function ensureImage(
  client: EngineClient,
  source: Exclude<TemplateSource, { kind: 'program' }>,
  credentials: Credentials,
  call: ImageCall,
): Promise<string> {
  if (source.kind === 'build') await ensureBuilt(client, source, credentials, call);
  else if (!(await findImage(client, source.image, call.signal))) await pull(client, source.image, credentials, call);
  return source.image;
}

/** Undefined when the engine does not have it. */
export async function findImage(
  client: EngineClient,
  image: string,
  signal: AbortSignal,
): Promise<ImageDetails | undefined> {
  try {
    return await client.json<ImageDetails>({ method: 'GET', path: `/images/${segment(image)}/json`, signal });
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

async function pull(client: EngineClient, image: string, credentials: Credentials, call: ImageCall): Promise<void> {
  const { registry, repository, tag } = parseImageReference(image);
  const login = credentials[registry];
  call.onProgress?.(`Pulling the image "${image}"`);
  await followProgress(
    client,
    {
      method: 'POST',
      path: '/images/create',
      query: { fromImage: repository, tag },
      registryAuth: login && { ...pickLogin(login), serveraddress: registry },
      signal: call.signal,
    },
    call.onProgress,
  ).catch((error: unknown) => {
    throw named(image, error);
  });
}

/** A registry's own words, such as "manifest unknown", do not say of what. */
function named(image: string, thrown: unknown): unknown {
  const words = engineWords(thrown);
  const isRefusal = !isMoorageError(thrown) && (thrown as { code?: unknown } | null)?.code === undefined;
  if (!isRefusal || words.includes(image)) return thrown;
  return Object.assign(new Error(`cannot pull ${image}: ${words}`), { statusCode: statusOf(thrown) });
}

/**
 * Built again only when the folder's content changed; a folder that is gone is no reason to refuse an image that is
 * there.
 */
async function ensureBuilt(
  client: EngineClient,
  source: Extract<TemplateSource, { kind: 'build' }>,
  credentials: Credentials,
  call: ImageCall,
): Promise<void> {
  const found = await findImage(client, source.image, call.signal);
  const context = await buildContext(source.context, source.dockerfile).catch((error: unknown) => {
    if (found?.Config?.Labels?.[label.content]) return undefined;
    throw error;
  });
  if (!context || found?.Config?.Labels?.[label.content] === context.hash) return;
  call.onProgress?.(`Building the image "${source.image}"`);
  await followProgress(
    client,
    {
      method: 'POST',
      path: '/build',
      query: {
        t: source.image,
        dockerfile: source.dockerfile,
        labels: JSON.stringify({ [label.content]: context.hash }),
        rm: true,
        forcerm: true,
      },
      upload: context.archive(),
      registryConfig: Object.fromEntries(Object.entries(credentials).map(([host, login]) => [host, pickLogin(login)])),
      signal: call.signal,
    },
    call.onProgress,
  );
}

/** Reads a pull, a build or an import to its end; its error comes as a line of an answer that began well. */
export async function followProgress(
  client: EngineClient,
  request: EngineRequest,
  onProgress: ((message: string) => void) | undefined,
): Promise<void> {
  let last = '';
  for await (const line of jsonLines<ProgressLine>(await client.stream(request))) {
    const failure = line.errorDetail?.message ?? line.error;
    if (failure !== undefined) throw refusal(request, failure);
    const text = (line.stream ?? [line.id, line.status, line.progress].filter(Boolean).join(' ')).trim();
    if (text !== '' && text !== last) onProgress?.(text);
    last = text;
  }
}

function refusal(request: EngineRequest, failure: string): Error {
  if (request.path !== '/build') return new Error(failure);
  return new MoorageError('invalid_argument', `Cannot build the image: ${failure.trim().slice(0, 1000)}`, {
    operation: 'driver.create',
    context: { field: 'build' },
  });
}

function pickLogin({ username, password }: RegistryAuth): RegistryAuth {
  return { username, password };
}

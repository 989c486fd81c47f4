import { isMoorageError } from '@moorage/core/driver';
import { classifyError } from './classify-error.js';
import { type ConnectionOptions, toConnection } from './connection.js';
import { dockerClient } from './docker-client.js';

export interface DockerAnswersOptions extends ConnectionOptions {
  /** How long to wait for the engine. Default 3 000 ms. */
  readonly timeoutMs?: number | undefined;
}

export type DockerAnswer =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly reason: string };

const oldestApi = 1.41;

/**
 * Whether a usable Docker Engine answers, for choosing a driver at start. Never rejects: the reason is a sentence for a
 * person.
 */
export async function dockerAnswers(options: DockerAnswersOptions = {}): Promise<DockerAnswer> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? 3000);
  let address = options.socketPath ?? options.host ?? 'DOCKER_HOST';
  try {
    const client = dockerClient(toConnection(options, process.env));
    address = client.address;
    const { Version, ApiVersion, Os } = await client.json<{ Version: string; ApiVersion: string; Os: string }>({
      method: 'GET',
      path: '/version',
      signal,
    });
    if (Os !== 'linux')
      return { ok: false, reason: `The Docker Engine at "${address}" runs ${Os} containers; linux is needed` };
    if (Number(ApiVersion) < oldestApi) {
      return { ok: false, reason: `The Docker Engine at "${address}" is ${Version}; at least 20.10 is needed` };
    }
    return { ok: true, version: Version };
  } catch (error) {
    if (error instanceof TypeError && !isMoorageError(error)) return { ok: false, reason: error.message };
    const scene = { operation: 'dockerAnswers', action: 'Cannot use Docker', signal, address };
    return { ok: false, reason: classifyError(error, scene).message };
  }
}

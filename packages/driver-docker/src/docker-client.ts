import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { type Connection, describeConnection } from './connection.js';
import type { EngineClient, EngineRequest } from './engine-client.js';

/** Every status that means "done, or was so already"; all others become errors with a `statusCode`. */
const success = { 200: true, 201: true, 204: true, 304: true };

/**
 * The only file that knows dockerode. It is imported at the first request, because it takes 0.2 s and 25 MB, and gets
 * no `agent`: with one, each request costs milliseconds of CPU.
 */
export function dockerClient(connection: Connection): EngineClient {
  let engine: Promise<Docker> | undefined;
  const open = () => {
    engine ??= import('dockerode').then(({ default: Dockerode }) => new Dockerode(toDockerOptions(connection)));
    return engine;
  };
  return {
    address: describeConnection(connection),
    async json<T>(request: EngineRequest) {
      const answer = await dial(await open(), request, false);
      return (Buffer.isBuffer(answer) ? undefined : answer) as T;
    },
    async stream(request) {
      return (await dial(await open(), request, true)) as Readable;
    },
  };
}

function toDockerOptions(connection: Connection): Docker.DockerOptions {
  // Keys that are present win over the client's own reading of DOCKER_HOST, even where they are undefined.
  if (connection.kind === 'socket') {
    return { socketPath: connection.socketPath, host: undefined, port: undefined, protocol: 'http' };
  }
  const { hostname, port, tls } = connection;
  return { host: hostname, port, protocol: tls ? 'https' : 'http' };
}

/**
 * The vendor's promise does not settle when the connection breaks in the middle of an answer, so it is raced against
 * the signal; a body that arrives after that is thrown away.
 */
function dial(docker: Docker, request: EngineRequest, isStream: boolean): Promise<unknown> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    docker.modem.dial(toDialOptions(request, isStream), (error: unknown, answer: unknown) => {
      signal.removeEventListener('abort', onAbort);
      if (signal.aborted && isStream) (answer as Readable | null)?.destroy();
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

function toDialOptions(request: EngineRequest, isStream: boolean) {
  const query = Object.fromEntries(Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined));
  return {
    path: `${request.path}?`,
    method: request.method,
    options: { _query: query, _body: request.body ?? {} },
    file: request.upload,
    authconfig: request.registryAuth,
    registryconfig: request.registryConfig,
    abortSignal: request.signal,
    isStream,
    statusCodes: success,
  };
}

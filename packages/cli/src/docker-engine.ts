import { readFileSync } from 'node:fs';
import { request as plainRequest, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { join } from 'node:path';
import { MoorageError } from '@moorage/protocol';
import type { CliIo } from './cli-io.js';

/** The engine that `DOCKER_HOST` names, for questions that a driver does not answer. */
export interface DockerEngine {
  readonly address: string;
  /** Errors: `unavailable` when it does not answer, `permission_denied`. */
  get<T>(path: string, signal: AbortSignal): Promise<T>;
}

export function dockerEngine(env: CliIo['env']): DockerEngine {
  const { address, secure, options } = targetOf(env);
  const send = secure ? tlsRequest : plainRequest;
  return {
    address,
    get: <T>(path: string, signal: AbortSignal) =>
      new Promise<T>((resolve, reject) => {
        const fail = (error: NodeJS.ErrnoException) => reject(unreachable(address, error));
        const call = send({ ...options, method: 'GET', path, signal, agent: false }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            text += part;
          });
          response.on('error', fail);
          response.on('end', () => {
            try {
              if (response.statusCode !== 200) throw new Error(`it answered ${response.statusCode}`);
              resolve(JSON.parse(text) as T);
            } catch (thrown) {
              fail(thrown as Error);
            }
          });
        });
        call.on('error', fail);
        call.end();
      }),
  };
}

function targetOf(env: CliIo['env']): { address: string; secure: boolean; options: RequestOptions & object } {
  const host = env.DOCKER_HOST || 'unix:///var/run/docker.sock';
  const socket = /^(?:unix|npipe):\/\/(.*)$/.exec(host)?.[1] ?? (host.startsWith('/') ? host : undefined);
  if (socket !== undefined) {
    const socketPath = socket || '/var/run/docker.sock';
    return { address: socketPath, secure: false, options: { socketPath } };
  }
  const text = host.includes('://') ? host.replace(/^tcp:/, 'http:') : `http://${host}`;
  if (!URL.canParse(text)) {
    throw new MoorageError(
      'invalid_argument',
      `Cannot read DOCKER_HOST "${host}": use unix:///path or tcp://host:port`,
      {
        operation: 'cli.doctor',
      },
    );
  }
  const { hostname, port, protocol } = new URL(text);
  const secure = protocol === 'https:' || env.DOCKER_TLS_VERIFY === '1' || port === '2376';
  const address = { host: hostname.replace(/^\[|\]$/g, ''), port: port || (secure ? '2376' : '2375') };
  return { address: host, secure, options: { ...address, ...(secure ? certificates(env.DOCKER_CERT_PATH) : {}) } };
}

function certificates(folder: string | undefined): object {
  if (!folder) return {};
  const read = (name: string) => readFileSync(join(folder, name));
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}

function unreachable(address: string, error: NodeJS.ErrnoException): MoorageError {
  const denied = error.code === 'EACCES' || error.code === 'EPERM';
  const wayOut = denied ? 'may your user read its socket?' : 'does it run, and does DOCKER_HOST name it?';
  return new MoorageError(
    denied ? 'permission_denied' : 'unavailable',
    `The Docker Engine at "${address}" does not answer: ${error.message || error.code}; ${wayOut}`,
    { operation: 'cli.doctor', context: { engine: address }, cause: error },
  );
}

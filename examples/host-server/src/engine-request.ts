import { request } from 'node:http';

/** How to call the Docker Engine: by its socket, or at its address. */
function engineTarget(dockerHost: string | undefined) {
  if (!dockerHost || dockerHost.startsWith('unix://')) {
    return { socketPath: dockerHost?.slice('unix://'.length) || '/var/run/docker.sock' };
  }
  if (dockerHost.startsWith('npipe://')) return { socketPath: dockerHost.slice('npipe://'.length) };
  const url = new URL(dockerHost.replace(/^tcp:/, 'http:'));
  return { host: url.hostname, port: url.port || '2375' };
}

export interface EngineReply {
  readonly status: number;
  /** The end of what it told, 64 KiB at most. */
  readonly text: string;
}

/** The few questions about images and networks that a driver does not answer. Rejects as the network does. */
export function engineRequest(method: string, path: string, timeoutMs: number): Promise<EngineReply> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const call = request({ ...engineTarget(process.env.DOCKER_HOST), method, path, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text = (text + part).slice(-65_536);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
}

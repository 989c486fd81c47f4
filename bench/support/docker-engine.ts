import { request } from 'node:http';

/** The engine's API by hand, as whoever has no SDK would call it. */
export interface DockerEngine {
  get<T>(path: string, query?: Query): Promise<T>;
  post<T>(path: string, body?: object, query?: Query): Promise<T>;
  /** Absent is fine. */
  remove(path: string, query?: Query): Promise<void>;
}

type Query = Readonly<Record<string, string>>;

const socketPath = process.env.DOCKER_HOST?.replace(/^unix:\/\//, '') ?? '/var/run/docker.sock';

export function dockerEngine(): DockerEngine {
  return {
    get: (path, query) => call('GET', path, query),
    post: (path, body, query) => call('POST', path, query, body),
    async remove(path, query) {
      await call('DELETE', path, query).catch((error: unknown) => {
        if (!String(error).includes(' 404')) throw error;
      });
    },
  };
}

function call<T>(method: string, path: string, query: Query = {}, body?: object): Promise<T> {
  const text = body && JSON.stringify(body);
  const headers =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const search = new URLSearchParams(query).toString();
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path: search ? `${path}?${search}` : path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        const status = response.statusCode ?? 0;
        if (status >= 400) reject(new Error(`${method} ${path}: ${status} ${answer}`));
        else resolve((answer === '' ? undefined : JSON.parse(answer)) as T);
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

interface Found {
  readonly Id?: string;
  readonly Name?: string;
}

/** Takes away all that carries the owner's label; returns how many containers and networks it was. */
export async function sweepOwner(engine: DockerEngine, owner: string): Promise<number> {
  const filters = JSON.stringify({ label: [`moorage.owner=${owner}`] });
  const containers = await engine.get<Found[]>('/containers/json', { all: 'true', filters });
  await Promise.all(containers.map(({ Id }) => engine.remove(`/containers/${Id}`, { force: 'true', v: 'true' })));
  const networks = await engine.get<Found[]>('/networks', { filters });
  for (const { Id } of networks) await engine.remove(`/networks/${Id}`);
  const { Volumes } = await engine.get<{ Volumes: Found[] | null }>('/volumes', { filters });
  for (const { Name } of Volumes ?? []) await engine.remove(`/volumes/${Name}`);
  return containers.length + networks.length;
}

import { randomBytes } from 'node:crypto';
import { toConnection } from '../src/connection.js';
import { dockerClient } from '../src/docker-client.js';
import type { EngineClient } from '../src/engine-client.js';
import type { ContainerDetails, ContainerSummary, NetworkSummary, VolumeSummary } from '../src/engine-types.js';
import { label, labelFilter } from '../src/labels.js';

/**
 * The engine by hand: what a test looks at or does from outside, past the driver. Touches what it is told to, and no
 * more.
 */
export interface EngineTools {
  readonly client: EngineClient;
  get<T>(path: string, query?: Record<string, string | boolean>): Promise<T>;
  post<T>(path: string, body?: object, query?: Record<string, string | boolean>): Promise<T>;
  delete(path: string): Promise<void>;
  inspect(name: string): Promise<ContainerDetails & Record<string, unknown>>;
  /**
   * Names of everything that carries the owner's label, its marker left out: that is the engine's identity, not a
   * leftover.
   */
  leftovers(owner: string): Promise<readonly string[]>;
  /** Removes everything that carries the owner's label, its marker too. */
  sweep(owner: string): Promise<void>;
}

export function engineTools(options: { readonly socketPath?: string } = {}): EngineTools {
  const client = dockerClient(toConnection(options, process.env));
  const signal = () => AbortSignal.timeout(60_000);
  const tools: EngineTools = {
    client,
    get: (path, query) => client.json({ method: 'GET', path, query, signal: signal() }),
    post: (path, body, query) => client.json({ method: 'POST', path, body, query, signal: signal() }),
    async delete(path) {
      await client
        .json({ method: 'DELETE', path, query: { force: true }, signal: signal() })
        .catch((error: unknown) => {
          if ((error as { statusCode?: number }).statusCode !== 404) throw error;
        });
    },
    inspect: (name) => tools.get(`/containers/${name}/json`),
    async leftovers(owner) {
      const { containers, networks, volumes } = await ownedBy(tools, owner);
      return [
        ...containers.map(({ Names }) => Names[0] ?? '?'),
        ...networks.map(({ Name }) => Name),
        ...volumes.filter(({ Labels }) => Labels?.[label.kind] !== 'marker').map(({ Name }) => Name),
      ];
    },
    async sweep(owner) {
      const { containers, networks, volumes } = await ownedBy(tools, owner);
      for (const { Id } of containers) await tools.delete(`/containers/${Id}`);
      for (const { Id } of networks) await tools.delete(`/networks/${Id}`);
      for (const { Name } of volumes) await tools.delete(`/volumes/${Name}`);
    },
  };
  return tools;
}

async function ownedBy(tools: EngineTools, owner: string) {
  const filters = labelFilter({ [label.owner]: owner });
  const [containers, networks, volumes] = await Promise.all([
    tools.get<ContainerSummary[]>('/containers/json', { all: true, filters }),
    tools.get<NetworkSummary[]>('/networks', { filters }),
    tools.get<{ Volumes: VolumeSummary[] | null }>('/volumes', { filters }),
  ]);
  return { containers, networks, volumes: volumes.Volumes ?? [] };
}

/** Lower-case letters and digits; two runs on one engine never meet. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

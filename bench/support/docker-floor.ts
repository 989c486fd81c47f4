import { get } from 'node:http';
import type { DeploymentRecord } from '@moorage/core';
import { toContainerOptions } from '../../packages/driver-docker/src/to-container-options.js';
import { dockerEngine, sweepOwner } from './docker-engine.js';

/** Time between two questions of the floor whether the agent is healthy. */
const pollMs = 10;

export interface DockerFloor {
  /** Create, start, ask until the first healthy answer; milliseconds. The container is removed by `clear`. */
  deploy(): Promise<number>;
  /** Removes the containers made so far. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What a deploy costs by hand on the engine's API: the same image, limits, options and network as the host's instance
 * of `record`, under an owner that the host does not list.
 */
export function dockerFloor(record: DeploymentRecord, owner: string, networkId: string): DockerFloor {
  const engine = dockerEngine();
  const floorOwner = `${owner}-floor`;
  const made: string[] = [];
  let count = 0;
  return {
    async deploy() {
      count += 1;
      const name = `${floorOwner}-${count}`;
      const body = optionsOf(record, floorOwner, name, networkId);
      const started = performance.now();
      const { Id } = await engine.post<{ Id: string }>('/containers/create', body, { name });
      made.push(Id);
      await engine.post(`/containers/${Id}/start`);
      const { NetworkSettings } = await engine.get<Inspected>(`/containers/${Id}/json`);
      const port = Number(NetworkSettings.Ports[`${record.desired.template.port}/tcp`]?.[0]?.HostPort);
      while (!(await isHealthy(port, record.desired.health.path))) await wait(pollMs);
      return performance.now() - started;
    },
    async clear() {
      const ids = made.splice(0);
      await Promise.all(ids.map((id) => engine.remove(`/containers/${id}`, { force: 'true', v: 'true' })));
    },
    close: async () => void (await sweepOwner(engine, floorOwner)),
  };
}

interface Inspected {
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, { readonly HostPort: string }[] | null>> };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function optionsOf(record: DeploymentRecord, owner: string, name: string, networkId: string): object {
  const { tenant, agentId, templateHash, template } = record.desired;
  if (template.source.kind !== 'image') throw new Error('The floor runs an image');
  const env = Object.fromEntries(template.env.map((entry) => [entry.name, 'value' in entry ? entry.value : '']));
  return toContainerOptions(
    {
      ...template,
      ...{ kind: 'agent', name, owner, tenant, agentId, templateHash },
      ...{ deploymentId: name, ordinal: 0, attempt: 1, restartEpoch: 0 },
      env: { ...env, MOORAGE_AGENT_ID: agentId, MOORAGE_CUSTOMER_ID: tenant, MOORAGE_INSTANCE_ID: name },
      secretEnv: {},
    },
    {
      engine: 'floor',
      image: template.source.image,
      networkId,
      publishHost: '127.0.0.1',
      logMaxBytes: 10 * 1024 * 1024,
    },
  );
}

function isHealthy(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path }, (response) => {
      response.on('error', () => resolve(false));
      response.on('end', () => resolve(response.statusCode === 200)).resume();
    }).on('error', () => resolve(false));
  });
}

/** Network of the tenant's containers, as the host made it. */
export async function tenantNetwork(owner: string): Promise<string> {
  const filters = JSON.stringify({ label: [`moorage.owner=${owner}`] });
  const [network] = await dockerEngine().get<{ Id: string }[]>('/networks', { filters });
  if (!network) throw new Error('The host has made no network yet');
  return network.Id;
}

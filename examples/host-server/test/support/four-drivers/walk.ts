import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHost, type DriverCapabilities, type Host } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { gateway } from '@moorage/gateway';
import { createHttp } from '@moorage/http';
import type { AddressRecord, ContainerRecord, InstanceRecord, ManifestRuntime } from '@moorage/protocol';
import { freePorts, type PortRange } from '../../faults/support/free-ports.js';
import { patience } from '../../faults/support/patience.js';
import { type Answer, type Api, restApi } from '../api.js';
import { type EngineName, openEngine, type TestEngine } from './engines.js';

export const customer = 'customer-1';
/** So many instances are a customer's, in all. */
export const quota = 6;

/** One host on one driver with its REST API, and the little that rows have in common. */
export interface Walk {
  readonly capabilities: DriverCapabilities;
  readonly api: Api;
  readonly engine: TestEngine;
  /** A manifest of the conformance agent. */
  manifest(agent: string, runtime?: ManifestRuntime, version?: string): object;
  /** Deploys and waits for the end of it, whatever that is. */
  deploy(agent: string, runtime?: ManifestRuntime): Promise<Answer<ContainerRecord>>;
  /** Id of an agent that was deployed. */
  id(agent: string): Promise<string>;
  record(agent: string): Promise<ContainerRecord>;
  instances(agent: string): Promise<readonly InstanceRecord[]>;
  /** Waits until so many are there and all of them serve. */
  untilInstances(agent: string, count: number): Promise<readonly InstanceRecord[]>;
  /** What the agent answers at the address that the API tells. */
  ask(agent: string, path: string): Promise<string>;
  /** Looks at an agent until it is so. */
  until(agent: string, what: string, test: (record: ContainerRecord) => boolean): Promise<ContainerRecord>;
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const agentId = (agent: string) => `agent.four.${agent}`;

/** Kept short where nothing has to be waited for, and long where a slow machine must not be taken for a failure. */
const basics: ManifestRuntime = {
  grace_ms: 1_000,
  probes: { interval_ms: 1_000, timeout_ms: 900, failure_threshold: 6, start_period_ms: 120_000 },
};

export async function openWalk(name: EngineName): Promise<Walk> {
  const engine = await openEngine[name]();
  const ports = await freePorts();
  const host = await createHost({
    driver: engine.driver,
    // Nothing real listens in memory, so there is nothing that a gateway could pass requests to.
    frontDoor: name === 'memory' ? undefined : gateway(),
    ports,
    quota: { instances: quota },
    resyncMs: 1_000,
  });
  const token = 'four-drivers-0123456789';
  const { server, url } = await listen(createHttp(host, { token }));
  const api = restApi(url, token);
  return { ...steps(api, engine, host), close: () => close({ engine, host, server, ports }) };
}

function steps(api: Api, engine: TestEngine, host: Host): Omit<Walk, 'close'> {
  const walk: Omit<Walk, 'close'> = {
    capabilities: host.driver.capabilities,
    api,
    engine,
    manifest: (agent, runtime = {}, version = '1.0.0') => ({
      agent_id: agentId(agent),
      name: agent,
      version,
      capabilities: [`${agent}-work`],
      runtime: { ...engine.agent, ...basics, ...runtime },
    }),
    deploy: (agent, runtime) =>
      api('POST', '/v1/containers', { customer_id: customer, manifest: walk.manifest(agent, runtime) }),
    id: async (agent) => (await walk.record(agent)).container_id,
    async record(agent) {
      const query = `customer_id=${customer}&agent_id=${agentId(agent)}`;
      const { data } = await api<{ containers: ContainerRecord[] }>('GET', `/v1/containers?${query}`);
      const [record] = data.containers;
      if (!record) throw new Error(`There is no container of "${agent}"`);
      return record;
    },
    async instances(agent) {
      const path = `/v1/containers/${await walk.id(agent)}/instances`;
      return (await api<{ instances: InstanceRecord[] }>('GET', path)).data.instances;
    },
    untilInstances: (agent, count) =>
      eventually(
        `"${agent}" has ${count} instances`,
        async () => {
          const found = await walk.instances(agent);
          return found.length === count && found.every(({ health }) => health === 'healthy') && found;
        },
        patience,
      ),
    async ask(agent, path) {
      const found = await api<AddressRecord>('GET', `/v1/addresses?container_id=${await walk.id(agent)}`);
      return engine.ask(found.data.address, path);
    },
    until: (agent, what, test) =>
      eventually(
        `"${agent}" ${what}`,
        async () => {
          const record = await walk.record(agent);
          return test(record) && record;
        },
        patience,
      ),
    leftovers: () => engine.leftovers(host.owner),
  };
  return walk;
}

async function listen(http: ReturnType<typeof createHttp>): Promise<{ server: Server; url: string }> {
  const server = createServer(http.node);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.on('close', () => http.close());
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

interface Parts {
  readonly engine: TestEngine;
  readonly host: Host;
  readonly server: Server;
  readonly ports: PortRange;
}

async function close({ engine, host, server, ports }: Parts): Promise<void> {
  server.closeAllConnections();
  server.close();
  await host.close({ remove: true }).catch(() => undefined);
  await engine.close(host.owner);
  await ports.release();
}

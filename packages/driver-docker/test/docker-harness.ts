import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerDriver, InstanceSpec } from '@moorage/core/driver';
import { conformanceAgentSource, type DriverHarness } from '@moorage/core/testing';
import { markerName } from '../src/engine-marker.js';
import { dockerDriver, localNodeImage } from '../src/index.js';
import { label } from '../src/labels.js';
import { tenantNetworks } from '../src/tenant-networks.js';
import { toContainerOptions } from '../src/to-container-options.js';
import { engineTools, uniqueName } from './engine-tools.js';
import { httpGet } from './http-get.js';
import { startRegistry } from './registry.js';

type Tools = ReturnType<typeof engineTools>;

/** The default engine as the conformance suite wants it. Cleans up after each owner that the suite used. */
export async function dockerHarness(): Promise<DriverHarness> {
  const tools = engineTools();
  const image = `${uniqueName('moorage-conformance')}:1`;
  await localNodeImage({
    tag: image,
    files: { '/agent/agent.mjs': conformanceAgentSource },
    command: ['node', '/agent/agent.mjs'],
  });
  const folder = await mkdtemp(join(tmpdir(), 'moorage-docker-'));
  const registry = await startRegistry();
  const owners = new Set<string>();
  const source = { kind: 'image' as const, image };

  return {
    realProcesses: true,
    makeDriver: async () => remembering(dockerDriver(), owners),
    sourceOf: async () => ({ source, command: undefined }),
    request: httpGet,
    leftovers: (owner) => tools.leftovers(owner),
    async foreign(name) {
      await tools.post('/containers/create', { Image: image }, { name });
      return {
        exists: () =>
          tools
            .inspect(name)
            .then(() => true)
            .catch(() => false),
        remove: () => tools.delete(`/containers/${name}`),
      };
    },
    killOutside: async (name, signal) => void (await tools.post(`/containers/${name}/kill`, undefined, { signal })),
    removeOutside: (name) => tools.delete(`/containers/${name}`),
    halfMade: async (driver, spec) => void (await halfMade(tools, image, driver as ContainerDriver, spec)),
    async unreachable() {
      const driver = dockerDriver({ socketPath: join(folder, 'nobody.sock') });
      return { driver, restore: () => driver.close() };
    },
    exchanged: () => exchanged(tools, owners),
    missingSource: () => ({ kind: 'image', image: `${registry.host}/moorage/missing:1` }),
    outside: () => outside(tools),
    async close() {
      await registry.stop();
      for (const owner of owners) await tools.sweep(owner);
      await tools.delete(`/images/${image}`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * As a host's crash between create and start leaves it: made in the network of its tenant, as the driver makes it.
 */
async function halfMade(tools: Tools, image: string, driver: ContainerDriver, spec: InstanceSpec): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const { engine } = await driver.list({ owner: spec.owner }, { signal });
  const networks = tenantNetworks(tools.client, '10.213.0.0/16');
  const networkId = await networks.claim({ owner: spec.owner, tenant: spec.tenant, egress: 'internet' }, signal);
  const placement = { engine, image, networkId, publishHost: '127.0.0.1', logMaxBytes: 1024 * 1024 };
  await tools.post('/containers/create', toContainerOptions(spec, placement), { name: spec.name });
}

/** The same engine under another marker is, as far as a driver can see, another engine. */
async function exchanged(tools: Tools, owners: Set<string>) {
  const owner = uniqueName('conformance-exchanged');
  owners.add(owner);
  const driver = dockerDriver();
  await driver.list({ owner }, { signal: AbortSignal.timeout(60_000) });
  await tools.delete(`/volumes/${markerName(owner)}`);
  await tools.post('/volumes/create', {
    Name: markerName(owner),
    Labels: { [label.owner]: owner, [label.kind]: 'marker', [label.uid]: randomUUID() },
  });
  return { driver, restore: () => driver.close() };
}

/**
 * A listener on the host's end of a network that no instance is in: the way there leads out of every tenant's
 * network.
 */
async function outside(tools: Tools) {
  const { Id } = await tools.post<{ Id: string }>('/networks/create', { Name: uniqueName('moorage-outside') });
  const { IPAM } = await tools.get<{ IPAM: { Config: { Gateway: string }[] } }>(`/networks/${Id}`);
  const host = IPAM.Config[0]?.Gateway ?? '';
  const server = createServer((_request, response) => response.end('outside'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await tools.delete(`/networks/${Id}`);
  };
  return { host, port, close };
}

/** Notes every owner that is named, for the end. */
function remembering(driver: ContainerDriver, owners: Set<string>): ContainerDriver {
  return {
    ...driver,
    list: (scope, call) => {
      owners.add(scope.owner);
      return driver.list(scope, call);
    },
    create: (spec, call) => {
      owners.add(spec.owner);
      return driver.create(spec, call);
    },
  };
}

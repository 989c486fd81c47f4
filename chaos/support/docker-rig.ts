import { randomBytes } from 'node:crypto';
import { dockerDriver, localNodeImage } from '@moorage/driver-docker';
import { chaosAgentSource } from './chaos-agent.js';
import { type EngineApi, engineApi } from './engine-api.js';
import { privateEngine } from './private-engine.js';
import type { Belonging, Rig, Seen } from './rig.js';

interface Container {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> };
}

interface Labelled {
  readonly Id?: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

const usualSocket = '/var/run/docker.sock';

const filtered = (path: string, owner: string) => {
  const filters = JSON.stringify({ label: [`moorage.owner=${owner}`] });
  return `${path}${path.includes('?') ? '&' : '?'}filters=${encodeURIComponent(filters)}`;
};

/** A Docker Engine: one of its own that may be killed, or (`shared`) the machine's. */
export async function dockerRig(shared: boolean): Promise<Rig> {
  const own = shared ? undefined : await privateEngine();
  const socketPath = own?.socketPath ?? usualSocket;
  const call = engineApi(socketPath);
  const image = `moorage-chaos-${randomBytes(6).toString('hex')}:1`;
  const command = ['node', '/agent/agent.mjs'];
  await localNodeImage({ socketPath, tag: image, files: { '/agent/agent.mjs': chaosAgentSource }, command });
  const containers = (owner: string) => call<Container[]>('GET', filtered('/containers/json?all=true', owner));
  return {
    order: { kind: 'docker', socketPath },
    source: { image, command },
    canPause: true,
    keepsVolumes: true,
    orchestrates: false,
    driver: () => dockerDriver({ socketPath }),
    look: async (owner) => (await containers(owner)).filter((one) => !isHelper(one)).map(toSeen),
    belongings: (owner) => belongings(call, owner),
    async lives(owner) {
      type Inspected = { State: { StartedAt: string }; RestartCount: number };
      const found = await containers(owner);
      const lines = await Promise.all(
        found.map(async (container) => {
          const { State, RestartCount } = await call<Inspected>('GET', `/containers/${container.Id}/json`);
          return [toSeen(container).name, `${container.Id} ${State.StartedAt} ${RestartCount}`] as const;
        }),
      );
      return new Map(lines);
    },
    engine: own,
    async close(owners) {
      if (own) return own.close();
      for (const owner of owners) await sweep(call, owner);
      await gone(call, `/images/${image}?force=true`);
    },
  };
}

/** Made to prepare a volume, and removed at once. */
const isHelper = ({ Labels }: Container) => Labels['moorage.kind'] === 'helper';

function toSeen({ Id, Names, State, Labels, NetworkSettings }: Container): Seen {
  const states: Record<string, Seen['state']> = { exited: 'ended', dead: 'ended', removing: 'ended', paused: 'paused' };
  const [address] = Object.values(NetworkSettings?.Networks ?? {}).flatMap(({ IPAddress }) => IPAddress || []);
  const port = Labels['moorage.port'];
  return {
    name: Labels['moorage.name'] ?? Names[0] ?? Id,
    identity: Id,
    deploymentId: Labels['moorage.deployment'] ?? '',
    tenant: Labels['moorage.tenant'] ?? '',
    state: states[State] ?? 'running',
    inside: address && port ? `${address}:${port}` : undefined,
  };
}

async function belongings(call: EngineApi, owner: string): Promise<readonly Belonging[]> {
  const containers = await call<Container[]>('GET', filtered('/containers/json?all=true', owner));
  const networks = await call<Labelled[]>('GET', filtered('/networks', owner));
  const { Volumes } = await call<{ Volumes: Labelled[] | null }>('GET', filtered('/volumes', owner));
  // The marker is the engine's identity.
  const volumes = (Volumes ?? []).filter(({ Labels }) => Labels?.['moorage.kind'] !== 'marker');
  return [
    ...containers.filter(isHelper).map(({ Names, Id }) => ({ what: `container ${Names[0] ?? Id}` })),
    ...networks.map(({ Name, Labels }) => ({ what: `network ${Name}`, tenant: Labels?.['moorage.tenant'] })),
    ...volumes.map(({ Name, Labels }) => ({ what: `volume ${Name}`, deploymentId: Labels?.['moorage.deployment'] })),
  ];
}

async function sweep(call: EngineApi, owner: string): Promise<void> {
  for (const { Id } of await call<Container[]>('GET', filtered('/containers/json?all=true', owner))) {
    await gone(call, `/containers/${Id}?force=true&v=true`);
  }
  for (const { Id } of await call<Labelled[]>('GET', filtered('/networks', owner))) await gone(call, `/networks/${Id}`);
  const { Volumes } = await call<{ Volumes: Labelled[] | null }>('GET', filtered('/volumes', owner));
  for (const { Name } of Volumes ?? []) await gone(call, `/volumes/${Name}?force=true`);
}

async function gone(call: EngineApi, path: string): Promise<void> {
  await call('DELETE', path).catch((error: { status?: number }) => {
    if (error.status !== 404) throw error;
  });
}

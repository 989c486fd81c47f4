import { request } from 'node:http';

/** Label under which the driver writes whose something is. */
const ownerLabel = 'moorage.owner';

interface Container {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** The engine's API as a person at the keyboard uses it, past Moorage. */
export interface EngineByHand {
  call<T>(method: string, path: string): Promise<T>;
  /** Everything that carries the owner's label, ended containers too. */
  containers(owner: string): Promise<readonly Container[]>;
  /** Names of all that carries the label, the marker left out: it is the engine's identity, not a leftover. */
  leftovers(owner: string): Promise<readonly string[]>;
  /** Takes away all that carries the label. */
  sweep(owner: string): Promise<void>;
  removeImage(name: string): Promise<void>;
}

export function engineByHand(socketPath = '/var/run/docker.sock'): EngineByHand {
  const call = async <T>(method: string, path: string): Promise<T> => {
    const { status, text } = await ask(socketPath, method, path);
    if (status >= 400) throw Object.assign(new Error(`${method} ${path}: ${status} ${text}`), { status });
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  const filtered = (path: string, owner: string) => {
    const filters = JSON.stringify({ label: [`${ownerLabel}=${owner}`] });
    return `${path}${path.includes('?') ? '&' : '?'}filters=${encodeURIComponent(filters)}`;
  };
  const containers = (owner: string) => call<Container[]>('GET', filtered('/containers/json?all=true', owner));
  const networks = (owner: string) => call<{ Id: string; Name: string }[]>('GET', filtered('/networks', owner));
  const volumes = async (owner: string) => {
    type Volume = { Name: string; Labels: Record<string, string> | null };
    return (await call<{ Volumes: Volume[] | null }>('GET', filtered('/volumes', owner))).Volumes ?? [];
  };
  const gone = (path: string) =>
    call('DELETE', path).then(
      () => undefined,
      (error: { status?: number }) => {
        if (error.status !== 404) throw error;
      },
    );
  return {
    call,
    containers,
    async leftovers(owner) {
      const kept = (await volumes(owner)).filter(({ Labels }) => Labels?.['moorage.kind'] !== 'marker');
      return [
        ...(await containers(owner)).map(({ Names, Id }) => Names[0] ?? Id),
        ...[...(await networks(owner)), ...kept].map(({ Name }) => Name),
      ];
    },
    async sweep(owner) {
      for (const { Id } of await containers(owner)) await gone(`/containers/${Id}?force=true&v=true`);
      for (const { Id } of await networks(owner)) await gone(`/networks/${Id}`);
      for (const { Name } of await volumes(owner)) await gone(`/volumes/${Name}?force=true`);
    },
    removeImage: (name) => gone(`/images/${name}?force=true`),
  };
}

function ask(socketPath: string, method: string, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(60_000);
    const sent = request({ socketPath, method, path, signal, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

import { isAbsolute, join, resolve } from 'node:path';
import { type InstanceSpec, MoorageError } from '@moorage/core/driver';

/** What has to be known of this machine to turn a spec into a program. */
export interface SpawnFacts {
  /** Path of this Node. */
  readonly execPath: string;
  /** Version of this Node, e.g. `20.20.2`. */
  readonly nodeVersion: string;
  /** Folder that relative paths start from; also the agent's working directory. */
  readonly cwd: string;
  /** The host's environment; only a few harmless variables of it are passed on. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  readonly port: number;
  readonly instanceId: string;
  /** Folder of each volume, by its name. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Full path of a program that may be run, or undefined. */
  findProgram(name: string): string | undefined;
  isFile(path: string): boolean;
}

/** A program, its arguments and its whole environment. */
export interface SpawnPlan {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const interpreters: Readonly<Record<string, 'node' | 'python' | 'exec'>> = {
  node: 'node',
  nodejs: 'node',
  javascript: 'node',
  js: 'node',
  python: 'python',
  python3: 'python',
  exec: 'exec',
};

/** The host's variables that an agent gets. Everything else may hold the host's own secrets and stays with the host. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SystemRoot'];

/**
 * How to run a spec here. Errors: `unsupported` for what a plain process cannot give (image, isolation, limits, a
 * language that is not here), `invalid_argument` for a program that cannot be found.
 */
export function toSpawn(spec: InstanceSpec, facts: SpawnFacts): SpawnPlan {
  refuseUnsupported(spec);
  const { file, args } = programOf(spec, facts);
  return { file, args, cwd: facts.cwd, env: environmentOf(spec, facts) };
}

function refuseUnsupported(spec: InstanceSpec): void {
  const { source, resources } = spec;
  if (spec.kind !== 'agent') {
    throw unsupported(spec, `kind "${spec.kind}"`, 'a local process is no sandbox; use the Docker driver for runs');
  }
  if (source.kind !== 'program') {
    const wayOut = 'give runtime.language and runtime.entrypoint (a local program), or use the Docker driver';
    throw unsupported(spec, `a source of kind "${source.kind}" (image "${source.image}")`, wayOut);
  }
  if (spec.isolated) {
    const wayOut = 'use Docker or Kubernetes, or set runtime.network.isolated to false for code that you trust';
    throw unsupported(spec, 'walls between tenants', wayOut);
  }
  if (spec.egress === 'none') {
    throw unsupported(spec, 'control of outgoing traffic', 'set runtime.network.egress to "internet"');
  }
  const limit = Object.entries(resources).find(([, value]) => value !== undefined)?.[0];
  if (limit !== undefined) throw unsupported(spec, `the limit ${limit}`, 'leave runtime.resources out');
}

function programOf(spec: InstanceSpec, facts: SpawnFacts): { file: string; args: readonly string[] } {
  if (spec.source.kind !== 'program') throw unsupported(spec, 'images', 'give a local program');
  if (spec.command && spec.command.length > 0) {
    const [name = '', ...args] = spec.command;
    return { file: findProgram(spec, name, facts), args };
  }
  const { language, entrypoint, version } = spec.source;
  const kind = interpreters[language.toLowerCase()];
  if (kind === undefined) {
    const wayOut = `give one of ${Object.keys(interpreters).join(', ')}, or runtime.command with the program to run`;
    throw unsupported(spec, `the language "${language}"`, wayOut);
  }
  if (kind === 'exec') return { file: findProgram(spec, entrypoint, facts), args: [] };
  const path = resolve(facts.cwd, entrypoint);
  if (entrypoint === '' || !facts.isFile(path)) {
    throw invalid(spec, 'runtime.entrypoint', `the file "${entrypoint}" is not there (looked for ${path})`);
  }
  if (kind === 'node') {
    refuseNewerNode(spec, version, facts.nodeVersion);
    return { file: facts.execPath, args: [path] };
  }
  const python = facts.findProgram('python3') ?? facts.findProgram('python');
  if (python === undefined) {
    throw unsupported(spec, 'the language "python"', 'install python3 so that it is found on the PATH of the host');
  }
  return { file: python, args: [path] };
}

function refuseNewerNode(spec: InstanceSpec, wanted: string | undefined, here: string): void {
  const want = wanted?.match(/^[^\d]*(\d+)(?:\.(\d+))?/);
  if (!want) return;
  const [major = 0, minor = 0] = here.split('.').map(Number);
  const [wantMajor, wantMinor] = [Number(want[1]), Number(want[2] ?? 0)];
  if (wantMajor > major || (wantMajor === major && wantMinor > minor)) {
    throw unsupported(spec, `Node ${wanted}`, `this host runs on Node ${here}; start it with a newer one`);
  }
}

function findProgram(spec: InstanceSpec, name: string, facts: SpawnFacts): string {
  const isPath = name.includes('/');
  const found = name === '' ? undefined : facts.findProgram(isPath && !isAbsolute(name) ? join(facts.cwd, name) : name);
  if (found !== undefined) return found;
  const where = isPath ? 'there is no such file that may be executed' : 'it is not on the PATH of the host';
  throw invalid(spec, 'runtime.command', `the program "${name}" cannot be run: ${where}`);
}

function environmentOf(spec: InstanceSpec, facts: SpawnFacts): Record<string, string> {
  const inherited = passedOn.flatMap((name) => {
    const value = facts.hostEnv[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const volumes = spec.volumes.map(
    (volume) => [volumeVariable(volume.name), facts.volumes[volume.name] ?? ''] as const,
  );
  return {
    ...Object.fromEntries(inherited),
    ...spec.env,
    ...spec.secretEnv,
    ...Object.fromEntries(volumes),
    PORT: String(facts.port),
    HOST: '127.0.0.1',
    MOORAGE_INSTANCE: spec.name,
    MOORAGE_INSTANCE_ID: facts.instanceId,
  };
}

/** Where an agent finds the folder of its volume: `MOORAGE_VOLUME_` and the name, upper case, `-` as `_`. */
export function volumeVariable(name: string): string {
  return `MOORAGE_VOLUME_${name.toUpperCase().replaceAll('-', '_')}`;
}

function unsupported(spec: InstanceSpec, what: string, wayOut: string): MoorageError {
  return new MoorageError(
    'unsupported',
    `Cannot create instance "${spec.name}": the process driver does not have ${what}; ${wayOut}`,
    { operation: 'driver.create', context: { driver: 'process', instance: spec.name } },
  );
}

function invalid(spec: InstanceSpec, field: string, why: string): MoorageError {
  return new MoorageError('invalid_argument', `Cannot create instance "${spec.name}": ${why}`, {
    operation: 'driver.create',
    context: { field, instance: spec.name },
  });
}

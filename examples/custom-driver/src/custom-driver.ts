import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Call,
  type ContainerDriver,
  type DriverCapabilities,
  type InstanceExit,
  type InstanceSpec,
  type InstanceState,
  MoorageError,
  type ObservedInstance,
} from '@moorage/core/driver';

/** An agent that is a function in this process. */
export type FunctionAgent = (agent: {
  readonly env: Readonly<Record<string, string>>;
  /** Ends the agent, as `process.exit` ends a process. */
  exit(code: number): void;
}) => RequestListener;

/** The engine: what runs here, and what could. It outlives the driver objects, as a Docker Engine does. */
export interface FunctionEngine {
  readonly id: string;
  /** By entrypoint. */
  readonly programs: Readonly<Record<string, FunctionAgent>>;
  readonly instances: Map<string, FunctionInstance>;
}

export interface FunctionInstance {
  readonly spec: InstanceSpec;
  state: InstanceState;
  server: Server | undefined;
  startedAt: number | undefined;
  exit: InstanceExit | undefined;
}

/** No walls, no limits, no parking: whatever needs one of them is refused at `deploy`, and once more in `create`. */
const capabilities: DriverCapabilities = Object.freeze({
  isolation: false,
  sources: ['program' as const],
  limits: { cpu: false, memory: false, disk: false, pids: false },
  park: [],
  egressControl: false,
  volumes: false,
  logs: false,
  watch: false,
  usage: [],
  runs: false,
});

/** A container driver for agents that are functions: each instance is an HTTP server on loopback. */
export function customDriver(engine: FunctionEngine): ContainerDriver {
  let closed = false;
  const enter = ({ signal }: Call, operation: string): void => {
    if (closed) throw new MoorageError('cancelled', `Cannot ${operation}: the driver is closed`, { operation });
    if (signal.aborted) throw new MoorageError('cancelled', `Cannot ${operation}: the call was aborted`, { operation });
  };

  return {
    contract: 1,
    level: 'container',
    name: 'function',
    capabilities,
    async list({ owner }, call) {
      enter(call, 'list');
      const ours = [...engine.instances.values()].filter(({ spec }) => spec.owner === owner);
      return { engine: engine.id, instances: ours.map(toObserved) };
    },
    async create(spec, call) {
      enter(call, 'create');
      const there = engine.instances.get(spec.name);
      if (there && (there.spec.owner !== spec.owner || there.spec.templateHash !== spec.templateHash)) {
        throw refusal('already_exists', spec, 'something else has that name');
      }
      if (there && there.state !== 'creating') return;
      const program = programOf(engine, spec);
      const instance = there ?? { spec, state: 'creating', server: undefined, startedAt: undefined, exit: undefined };
      engine.instances.set(spec.name, instance);
      await start(instance, program);
    },
    async remove(name, call) {
      enter(call, 'remove');
      const instance = engine.instances.get(name);
      if (instance?.spec.owner !== call.owner) return;
      engine.instances.delete(name);
      end(instance, 0);
    },
    async close() {
      closed = true;
    },
  };
}

function programOf(engine: FunctionEngine, spec: InstanceSpec): FunctionAgent {
  const { source, resources, isolated, egress, volumes } = spec;
  if (source.kind !== 'program') throw refusal('unsupported', spec, `it runs programs, not a source "${source.kind}"`);
  if (isolated) throw refusal('unsupported', spec, 'agents in one process are not isolated; use a container driver');
  const limited = Object.values(resources).some((limit) => limit !== undefined);
  if (limited || egress === 'none' || volumes.length > 0) {
    throw refusal('unsupported', spec, 'it has no limits, no egress control and no volumes');
  }
  const program = engine.programs[source.entrypoint];
  if (program) return program;
  throw refusal('invalid_argument', spec, `there is no program "${source.entrypoint}"`);
}

/** Two calls at once start it once: the server is set before anything is awaited. */
async function start(instance: FunctionInstance, program: FunctionAgent): Promise<void> {
  if (instance.server) return;
  const { spec } = instance;
  const server = createServer();
  instance.server = server;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  instance.state = 'running';
  instance.startedAt = Date.now();
  const env = { ...spec.env, ...spec.secretEnv, PORT: String(port) };
  server.on('request', program({ env, exit: (code) => end(instance, code) }));
}

function end(instance: FunctionInstance, code: number): void {
  instance.state = 'exited';
  instance.exit ??= { code, signal: undefined, oom: false, at: Date.now(), message: undefined };
  instance.server?.close();
  instance.server?.closeAllConnections();
}

function toObserved({ spec, state, server, startedAt, exit }: FunctionInstance): ObservedInstance {
  const { kind, name, tenant, deploymentId, ordinal, attempt, templateHash, restartEpoch } = spec;
  const address = state === 'running' ? (server?.address() as AddressInfo) : undefined;
  const endpoint = address && { host: address.address, port: address.port };
  const identity = { kind, name, tenant, deploymentId, ordinal, attempt, templateHash, restartEpoch };
  return { ...identity, state, endpoint, createdAt: undefined, startedAt, exit: exit && { ...exit } };
}

function refusal(code: 'already_exists' | 'unsupported' | 'invalid_argument', spec: InstanceSpec, why: string) {
  return new MoorageError(code, `Cannot create "${spec.name}" with the driver "function": ${why}`, {
    operation: 'create',
  });
}

import type { DriverHarness } from '@moorage/core/testing';
import { customDriver, type FunctionAgent, type FunctionEngine } from '../src/custom-driver.js';

/** What the conformance suite needs to know of this engine. */
export async function functionHarness(): Promise<DriverHarness> {
  const engine: FunctionEngine = { id: 'this-process', programs: { agent }, instances: new Map() };
  const source = { kind: 'program', language: 'node', version: undefined } as const;
  const inside = 'the engine is this process';
  return {
    realProcesses: false,
    makeDriver: async () => customDriver(engine),
    sourceOf: async () => ({ source: { ...source, entrypoint: 'agent' }, command: undefined }),
    async request({ host, port }, path) {
      const response = await fetch(`http://${host}:${port}${path}`);
      return { status: response.status, body: await response.text() };
    },
    leftovers: async (owner) =>
      [...engine.instances.values()].filter(({ spec }) => spec.owner === owner).map(({ spec }) => spec.name),
    removeOutside: async (name) => {
      engine.instances.get(name)?.server?.close();
      engine.instances.delete(name);
    },
    halfMade: async (_driver, spec) => {
      engine.instances.set(spec.name, {
        spec,
        state: 'creating',
        server: undefined,
        startedAt: undefined,
        exit: undefined,
      });
    },
    missingSource: () => ({ ...source, entrypoint: 'missing' }),
    lacks: {
      foreign: 'only this driver puts things into the engine',
      killOutside: 'a function takes no signals',
      unreachable: inside,
      exchanged: inside,
      outside: inside,
    },
    async close() {
      for (const { server } of engine.instances.values()) server?.close();
    },
  };
}

/** The part of the conformance agent that makes sense without a process of its own. */
const agent: FunctionAgent = ({ env, exit }) => {
  let count = 0;
  if (env.EXIT_CODE !== undefined) exit(Number(env.EXIT_CODE));
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
    const end = (code: number): void => void response.end('bye', () => exit(code));
    if (pathname === '/health') response.end(JSON.stringify({ status: 'ok', load: 0 }));
    else if (pathname === '/env') response.end(JSON.stringify(env[searchParams.get('name') ?? ''] ?? null));
    else if (pathname === '/count') {
      count += 1;
      response.end(String(count));
    } else if (pathname === '/exit') end(Number(searchParams.get('code')));
    else if (pathname === '/abort') end(134);
    else response.writeHead(404).end();
  };
};

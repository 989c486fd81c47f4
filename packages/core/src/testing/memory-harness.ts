import { MoorageError } from '@moorage/protocol/base';
import type { MemoryBehaviour, MemoryProcess, MemoryResponse } from '../memory/memory-behaviour.js';
import type { MemoryClock } from '../memory/memory-clock.js';
import type { MemoryEngine } from '../memory/memory-engine.js';
import type { Driver } from '../ports/driver.js';
import type { DriverHarness } from './driver-harness.js';

export interface MemoryHarnessOptions {
  readonly engine: MemoryEngine;
  /** The engine's clock; undefined for an engine without one. */
  readonly clock?: MemoryClock | undefined;
  makeDriver(): Driver;
  /** What is left besides instances and volumes. */
  leftovers?(owner: string): readonly string[];
}

/** The harness of both memory drivers: the conformance agent is emulated, as far as its paths make sense in memory. */
export function memoryHarness(options: MemoryHarnessOptions): DriverHarness {
  const { engine, clock } = options;
  engine.behave('conformance', agent);
  engine.behave('stubborn', { ...agent, ignoresTerm: true });
  engine.behave('missing', { createError: new MoorageError('invalid_argument', 'There is no image "missing"') });

  return {
    realProcesses: false,
    makeDriver: async () => options.makeDriver(),
    sourceOf: async (program) => ({
      source: { kind: 'image', image: program === 'stubborn' ? 'stubborn' : 'conformance' },
      command: ['agent'],
    }),
    async request({ port }, path) {
      const response = engine.request(port, path);
      if (!response) throw new Error(`Nothing listens at port ${port}`);
      return response;
    },
    leftovers: async (owner) => [...engine.leftovers(owner), ...(options.leftovers?.(owner) ?? [])],
    async foreign(name) {
      const thing = engine.foreign(name);
      return { exists: async () => thing.exists(), remove: async () => thing.remove() };
    },
    killOutside: async (name) => engine.kill(name),
    removeOutside: async (name) => engine.removeByHand(name),
    halfMade: async (_driver, spec) => engine.halfMade(spec),
    async unreachable() {
      const driver = options.makeDriver();
      engine.stop();
      return { driver, restore: async () => engine.start() };
    },
    async exchanged() {
      const driver = options.makeDriver();
      await driver.list({ owner: 'anyone' }, { signal: new AbortController().signal });
      const restore = engine.exchange();
      return { driver, restore: async () => restore() };
    },
    missingSource: () => ({ kind: 'image', image: 'missing' }),
    lacks: { outside: 'an emulated agent has no network' },
    ...(clock && { tick: () => clock.advance(100) }),
    async close() {},
  };
}

const agent: Partial<MemoryBehaviour> = {
  cpuPercent: 1,
  memoryBytes: 1024 * 1024,
  started(process) {
    for (let line = 1; line <= Number(process.env.LINES ?? 0); line += 1) process.log(`line ${line}`);
    if (process.env.EXIT_CODE !== undefined) process.end({ code: Number(process.env.EXIT_CODE) });
  },
  respond(process, path) {
    const { pathname, searchParams } = new URL(path, 'http://agent');
    return routes[pathname]?.(process, searchParams) ?? { status: 404, body: 'no such path' };
  },
};

type Route = (process: MemoryProcess, query: URLSearchParams) => MemoryResponse;

const ok = (body: unknown = 'ok'): MemoryResponse => ({ status: 200, body: String(body) });

const routes: Readonly<Record<string, Route>> = {
  '/health': () => ok(JSON.stringify({ status: 'ok', load: 0 })),
  '/env': ({ env }, query) => ok(JSON.stringify(env[query.get('name') ?? ''] ?? null)),
  '/argv': ({ spec }) => ok(JSON.stringify(spec.command?.slice(1) ?? [])),
  '/count'({ memory }) {
    memory.set('count', Number(memory.get('count') ?? 0) + 1);
    return ok(memory.get('count'));
  },
  '/exit'(process, query) {
    for (const stream of streams) flush(process, stream);
    process.end({ code: Number(query.get('code') ?? 0) });
    return ok('bye');
  },
  '/abort'(process) {
    process.end({ code: 134, signal: 'SIGABRT' });
    return ok();
  },
  '/log'(process, query) {
    const times = Number(query.get('times') ?? 1);
    for (let time = 0; time < times; time += 1) process.log(query.get('text') ?? '', streamOf(query));
    return ok();
  },
  '/logbytes'(process, query) {
    const stream = streamOf(query);
    const before = Buffer.from(String(process.memory.get(stream) ?? ''), 'hex');
    const lines = Buffer.concat([before, Buffer.from(query.get('hex') ?? '', 'hex')])
      .toString()
      .split('\n');
    process.memory.set(stream, Buffer.from(lines.pop() ?? '').toString('hex'));
    for (const line of lines) process.log(line.replace(/\r$/, ''), stream);
    return ok();
  },
  '/write'({ files }, query) {
    files.write(query.get('path') ?? '', query.get('text') ?? '');
    return ok();
  },
  '/read'({ files }, query) {
    const text = files.read(query.get('path') ?? '');
    return text === undefined ? { status: 500, body: 'ENOENT' } : ok(text);
  },
};

const streams = ['stdout', 'stderr'] as const;

function streamOf(query: URLSearchParams): (typeof streams)[number] {
  return query.get('stream') === 'stderr' ? 'stderr' : 'stdout';
}

/** A last line without an end comes out when the process ends. */
function flush({ memory, log }: MemoryProcess, stream: (typeof streams)[number]): void {
  const rest = Buffer.from(String(memory.get(stream) ?? ''), 'hex').toString();
  if (rest !== '') log(rest, stream);
}

import type { MemoryEngine } from '@moorage/core';

type Behaviour = Parameters<MemoryEngine['behave']>[1];
type Respond = NonNullable<Behaviour['respond']>;
type Response = ReturnType<Respond>;
type Process = Parameters<Respond>[0];

/** What the conformance agent does on a real engine, as far as the table of four drivers asks for it. */
export const memoryAgent: Behaviour = {
  load: 0,
  cpuPercent: 1,
  memoryBytes: 32 * 1024 * 1024,
  started(process) {
    for (let line = 1; line <= Number(process.env.LINES ?? 0); line += 1) process.log(`line ${line}`);
    if (process.env.EXIT_CODE !== undefined) process.end({ code: Number(process.env.EXIT_CODE) });
  },
  respond(process, path) {
    const { pathname, searchParams } = new URL(path, 'http://agent');
    return routes[pathname]?.(process, searchParams) ?? { status: 404, body: 'no such path' };
  },
};

type Route = (process: Process, query: URLSearchParams) => Response;

const ok = (body: string): Response => ({ status: 200, body });

const routes: Readonly<Record<string, Route>> = {
  '/health': ({ env }) =>
    env.LISTEN_DELAY_MS === undefined
      ? ok(JSON.stringify({ status: 'ok', load: 0 }))
      : { status: 503, body: 'not listening yet' },
  '/env': ({ env }, query) => ok(JSON.stringify(env[query.get('name') ?? ''] ?? null)),
  '/count'({ memory }) {
    const count = Number(memory.get('count') ?? 0) + 1;
    memory.set('count', count);
    return ok(String(count));
  },
  '/exit'(process, query) {
    process.end({ code: Number(query.get('code') ?? 0) });
    return ok('bye');
  },
};

import { createServer, type Server } from 'node:net';

/** Below what the host, the process driver and the system give out by themselves. */
const first = 10_000;
const slotSize = 256;
const slots = 38;

/** A range of ports that belongs to one test file until it gives it back. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
  release(): Promise<void>;
}

/**
 * Reserves a slot of ports, whoever runs beside us: the first port of the slot is listened on, and stands for all of
 * them. `count` at most 255.
 */
export async function freePorts(count = 40): Promise<PortRange> {
  const begin = Math.floor(Math.random() * slots);
  for (let step = 0; step < slots; step += 1) {
    const base = first + ((begin + step) % slots) * slotSize;
    const guard = await listening(base);
    if (!guard) continue;
    const from = base + 1;
    if ((await firstTaken(from, count)) === undefined) {
      return { from, to: from + count - 1, release: () => closed(guard) };
    }
    await closed(guard);
  }
  throw new Error(`No ${count} free ports in a row from ${first}`);
}

async function firstTaken(from: number, count: number): Promise<number | undefined> {
  for (let port = from; port < from + count; port += 1) {
    const server = await listening(port);
    if (!server) return port;
    await closed(server);
  }
  return undefined;
}

function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

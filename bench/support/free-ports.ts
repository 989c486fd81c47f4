import { createServer } from 'node:net';

/** A range of that many ports on loopback of which none is taken at this moment. */
export async function freePorts(count: number): Promise<{ readonly from: number; readonly to: number }> {
  for (let tries = 0; tries < 100; tries += 1) {
    const from = 21_000 + Math.floor(Math.random() * 9_000);
    const ports = Array.from({ length: count }, (_, index) => from + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return { from, to: from + count - 1 };
  }
  throw new Error(`No ${count} free ports in a row were found between 21000 and 30000`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

import { readFileSync, writeFileSync } from 'node:fs';
import { type HostServer, openServer } from './server.js';

/** Listens on the wanted port; for 0 on that of the last start, so that addresses stay, or on a free one. */
export async function openOnPort(port: number, host: string, file: string): Promise<HostServer> {
  if (port !== 0) return openServer(port, host);
  const last = lastPort(file);
  const server =
    last === undefined ? await openServer(0, host) : await openServer(last, host).catch(() => openServer(0, host));
  writeFileSync(file, `${server.port}\n`, { mode: 0o600 });
  return server;
}

function lastPort(file: string): number | undefined {
  try {
    const port = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
  } catch {
    return undefined;
  }
}

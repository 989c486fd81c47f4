import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedPostgres } from '@moorage/store-postgres';
import { kubectl } from './kubectl.js';

/** A PostgreSQL of one test that pods reach: it listens on loopback alone, so this listens on the node's address. */
export async function nodeDatabase(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-cluster-'));
  const server = await embeddedPostgres({ folder });
  const url = new URL(server.url);
  const { port, hostname } = url;
  const door = createServer((client) => {
    const inner = connect(Number(port), hostname);
    for (const socket of [client, inner]) socket.on('error', () => socket.destroy());
    client.on('close', () => inner.destroy());
    inner.on('close', () => client.destroy());
    client.pipe(inner).pipe(client);
  });
  const query = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const address = await kubectl(['get', 'nodes', '-o', `jsonpath=${query}`]);
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject);
    door.listen(0, address, resolve);
  });
  url.host = `${address}:${(door.address() as AddressInfo).port}`;
  return {
    url: url.href,
    async close() {
      await new Promise((resolve) => door.close(resolve));
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

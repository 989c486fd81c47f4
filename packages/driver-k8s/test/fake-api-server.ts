import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiFailure } from '../src/classify-error.js';
import type { KubeClient, KubeRequest } from '../src/kube-client.js';

interface FakeObject {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

/** One collection behind the list and watch calls of an API server, with faults on demand. */
export interface FakeApiServer {
  readonly client: KubeClient;
  /** Puts an object there; watchers hear of it unless they are deaf. */
  put(name: string): void;
  remove(name: string): void;
  /** Ends every watch that is open: at once and in order, or by cutting its connection. */
  endWatches(how: 'end' | 'cut'): void;
  /** From now on the versions before are too old to go on from. */
  forget(): void;
  /** Open watches hear nothing any more, and are not told that they ended. New ones do. */
  deafen(): void;
  /** Nobody gets an answer until `wake`. */
  sleep(): void;
  wake(): void;
  readonly lists: number;
  readonly watches: number;
  close(): Promise<void>;
}

export async function fakeApiServer(): Promise<FakeApiServer> {
  const collection = fakeCollection();
  const waiting: (() => void)[] = [];
  let asleep = false;
  const server = createServer((request, response) => {
    if (asleep) waiting.push(() => collection.answer(request, response));
    else collection.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    client: plainClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    put: collection.put,
    remove: collection.remove,
    endWatches: collection.endWatches,
    forget: collection.forget,
    deafen: collection.deafen,
    sleep() {
      asleep = true;
    },
    wake() {
      asleep = false;
      for (const go of waiting.splice(0)) go();
    },
    get lists() {
      return collection.counts.lists;
    },
    get watches() {
      return collection.counts.watches;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fakeCollection() {
  const objects = new Map<string, FakeObject>();
  const changes: { readonly version: number; readonly line: string }[] = [];
  const open = new Set<ServerResponse>();
  const deaf = new WeakSet<ServerResponse>();
  const counts = { lists: 0, watches: 0 };
  let [version, oldest] = [1, 0];

  const change = (type: string, object: FakeObject) => {
    const line = `${JSON.stringify({ type, object })}\n`;
    changes.push({ version, line });
    for (const response of open) if (!deaf.has(response)) response.write(line);
  };

  const watch = (from: number, response: ServerResponse) => {
    counts.watches += 1;
    if (from < oldest) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old', metadata: {} } })}\n`);
      return;
    }
    response.writeHead(200).flushHeaders();
    for (const one of changes) if (one.version > from) response.write(one.line);
    open.add(response);
    response.once('close', () => open.delete(response));
  };

  return {
    counts,
    answer(request: IncomingMessage, response: ServerResponse) {
      const { searchParams } = new URL(request.url ?? '', 'http://fake');
      if (searchParams.get('watch') === 'true') return watch(Number(searchParams.get('resourceVersion')), response);
      counts.lists += 1;
      response.end(JSON.stringify({ metadata: { resourceVersion: String(version) }, items: [...objects.values()] }));
    },
    put(name: string) {
      version += 1;
      const object = { metadata: { name, resourceVersion: String(version) } };
      change(objects.has(name) ? 'MODIFIED' : 'ADDED', object);
      objects.set(name, object);
    },
    remove(name: string) {
      version += 1;
      objects.delete(name);
      change('DELETED', { metadata: { name, resourceVersion: String(version) } });
    },
    endWatches(how: 'end' | 'cut') {
      for (const response of open) {
        open.delete(response);
        if (how === 'end') response.end();
        else response.destroy();
      }
    },
    forget() {
      oldest = version;
      changes.length = 0;
    },
    deafen() {
      for (const response of open) deaf.add(response);
    },
  };
}

/** What the driver's own client does, without a kubeconfig. */
function plainClient(address: string): KubeClient {
  const stream = async (request: KubeRequest): Promise<IncomingMessage> => {
    const url = new URL(address + request.path);
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, { method: request.method, signal: request.signal }, resolve).on('error', reject).end();
    });
    if ((response.statusCode ?? 500) < 300) return response;
    throw apiFailure(response.statusCode ?? 500, '');
  };
  return {
    address,
    stream,
    async json<T>(request: KubeRequest) {
      const chunks: Buffer[] = [];
      for await (const chunk of await stream(request)) chunks.push(chunk as Buffer);
      return JSON.parse(Buffer.concat(chunks).toString()) as T;
    },
    close() {},
  };
}

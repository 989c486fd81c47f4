import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

type Body = { metadata: Record<string, unknown>; [key: string]: unknown };

/** An API server without controllers: it stores what it is told, lists, watches, and makes nothing run. */
export interface FakeCluster {
  readonly address: string;
  /** `METHOD path` of each request that changed something; the path is the object's. */
  readonly writes: readonly string[];
  /** Paths of each request that read something. */
  readonly reads: readonly string[];
  /** Paths of all objects. */
  paths(): readonly string[];
  /** All objects by path. */
  readonly objects: ReadonlyMap<string, object>;
  /** Puts an object there, as somebody else. */
  put(path: string, body: Body): void;
  remove(path: string): void;
  close(): Promise<void>;
}

export async function fakeCluster(): Promise<FakeCluster> {
  const storage = fakeStorage();
  const writes: string[] = [];
  const reads: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    if (request.method === 'GET') {
      reads.push(pathname);
      return storage.read(pathname, searchParams, response);
    }
    const body = await bodyOf(request);
    if (Array.isArray(body)) {
      const { status, object } = patchByOperations(storage, pathname, body);
      return answer(response, status, object);
    }
    const path = request.method === 'POST' ? `${pathname}/${body.metadata.name}` : pathname;
    if (request.method === 'POST' && storage.objects.has(path)) {
      return answer(response, 409, { kind: 'Status', reason: 'AlreadyExists', message: 'there is one' });
    }
    writes.push(`${request.method} ${path}`);
    if (request.method === 'PATCH') return answer(response, 200, storage.put(path, body));
    if (request.method === 'POST') return answer(response, 201, storage.put(path, body));
    const gone = storage.remove(path);
    answer(response, gone ? 200 : 404, { kind: 'Status', metadata: {}, message: gone ? '' : 'not found' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  storage.put('/api/v1/namespaces/kube-system', { metadata: {} });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    reads,
    objects: storage.objects,
    paths: () => [...storage.objects.keys()].sort(),
    put: storage.put,
    remove: storage.remove,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** A JSON patch as far as the driver uses it: tests of labels, and whole parts put in. */
function patchByOperations(storage: ReturnType<typeof fakeStorage>, path: string, operations: readonly Operation[]) {
  const found = storage.objects.get(path);
  if (!found) return { status: 404, object: { message: `${path} not found`, reason: 'NotFound' } };
  const last = (one: Operation) => one.path.split('/').at(-1) ?? '';
  const failed = operations.some((one) => one.op === 'test' && found.metadata.labels?.[last(one)] !== one.value);
  if (failed) return { status: 422, object: { message: 'a test failed', reason: 'Invalid' } };
  const changes = operations.filter(({ op }) => op !== 'test').map((one) => [last(one), one.value]);
  if (changes.length === 0) return { status: 200, object: found };
  return { status: 200, object: storage.put(path, { metadata: {}, ...Object.fromEntries(changes) }) };
}

interface Watcher {
  readonly collection: string;
  readonly selector: string;
  readonly response: ServerResponse;
}

interface Change {
  readonly version: number;
  readonly type: string;
  readonly path: string;
  readonly object: Stored;
}

function fakeStorage() {
  const objects = new Map<string, Stored>();
  const watchers = new Set<Watcher>();
  const changes: Change[] = [];
  let version = 1;

  const send = ({ collection, selector, response }: Watcher, { type, path, object }: Change) => {
    if (!isIn(path, collection) || !matches(object, selector)) return;
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const tell = (type: string, path: string, object: Stored) => {
    const change = { version, type, path, object };
    changes.push(change);
    for (const watcher of watchers) send(watcher, change);
  };
  const storage = {
    objects,
    put(path: string, body: Body): Stored {
      version += 1;
      const found = objects.get(path);
      const name = path.split('/').at(-1) ?? '';
      const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
      const uid = (found?.metadata as { uid?: string } | undefined)?.uid ?? `uid-${version}`;
      const place = { name, ...(namespace ? { namespace } : {}), uid, resourceVersion: String(version) };
      const object = { ...found, ...body, metadata: { ...found?.metadata, ...body.metadata, ...place } };
      objects.set(path, object);
      tell(found ? 'MODIFIED' : 'ADDED', path, object);
      return object;
    },
    remove(path: string): boolean {
      const object = objects.get(path);
      if (!object) return false;
      if (/^\/api\/v1\/namespaces\/[^/]+$/.test(path)) {
        const within = path.slice('/api/v1'.length);
        for (const key of [...objects.keys()]) if (key.includes(`${within}/`)) storage.remove(key);
      }
      version += 1;
      objects.delete(path);
      tell('DELETED', path, { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
      return true;
    },
    read(path: string, query: URLSearchParams, response: ServerResponse) {
      const selector = query.get('labelSelector') ?? '';
      if (query.get('watch') === 'true') {
        response.writeHead(200).flushHeaders();
        const watcher = { collection: path, selector, response };
        watchers.add(watcher);
        // What has happened since the list that it goes on from.
        const from = Number(query.get('resourceVersion'));
        for (const change of changes) if (change.version > from) send(watcher, change);
        response.once('close', () => watchers.delete(watcher));
        return;
      }
      const one = objects.get(path);
      if (one) return answer(response, 200, one);
      if (!isCollection(path)) return answer(response, 404, { message: `${path} not found`, reason: 'NotFound' });
      const found = [...objects].filter(([key, object]) => isIn(key, path) && matches(object, selector));
      answer(response, 200, { metadata: { resourceVersion: String(version) }, items: found.map(([, one]) => one) });
    },
  };
  return storage;
}

const names = 'namespaces pods events persistentvolumeclaims services secrets resourcequotas deployments jobs';
const plural = new RegExp(`/(${names.replaceAll(' ', '|')}|\\w+policies|\\w+budgets|\\w+scalers)$`);

const isCollection = (path: string): boolean => plural.test(path);

/** `/api/v1/namespaces/n/pods/p` is in `/api/v1/pods` and in `/api/v1/namespaces/n/pods`. */
function isIn(path: string, collection: string): boolean {
  const own = path.slice(0, path.lastIndexOf('/'));
  return own === collection || own.replace(/\/namespaces\/[^/]+(?=\/)/, '') === collection;
}

function matches({ metadata }: Stored, selector: string): boolean {
  return selector.split(',').every((part) => {
    const [, key = '', operator, value] = /^([^!=]+)(!?=)(.*)$/.exec(part) ?? [];
    if (operator === undefined) return true;
    return (metadata.labels?.[key] === value) === (operator === '=');
  });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body;
}

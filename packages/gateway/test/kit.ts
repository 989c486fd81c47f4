import { createServer, type IncomingHttpHeaders, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AddressRecord, Backend, FrontDoor } from '@moorage/core';
import { afterEach } from 'vitest';
import { gateway } from '../src/index.js';
import type { GatewayOptions } from '../src/options.js';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export function onCleanUp(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

export interface TestAgent {
  readonly server: Server;
  readonly backend: Backend;
  /** Ends it as a crash would: no connection is served to its end. */
  crash(): Promise<void>;
}

let made = 0;

/** A real agent on loopback. */
export async function startAgent(listener: RequestListener): Promise<TestAgent> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  made += 1;
  const crash = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  cleanUps.push(crash);
  const { port } = server.address() as AddressInfo;
  return { server, backend: { instance: `instance-${made}`, endpoint: { host: '127.0.0.1', port } }, crash };
}

/** An address record; port 0 takes any free one. */
export function address(id = 'a-1', port = 0, deploymentId = 'd-1'): AddressRecord {
  return { id, tenant: 'customer-1', agentId: 'agent.test.echo', deploymentId, port, createdAt: 0 };
}

export function startGateway(options: GatewayOptions = {}): FrontDoor {
  const door = gateway(options);
  cleanUps.push(() => door.close());
  return door;
}

/** A gateway with one open address. */
export async function openGateway(options: GatewayOptions = {}, ...agents: readonly TestAgent[]) {
  const door = startGateway(options);
  const url = await door.open(address(), 'customer-1');
  door.route(
    'a-1',
    agents.map((agent) => agent.backend),
  );
  return { door, url };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly trailers: Record<string, string | undefined>;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
}

/** One request on a connection of its own; rejects when the answer breaks off. */
export function ask(url: string, { method = 'GET', path = '/', headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          trailers: response.trailers,
          text,
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Resolves when a test lets it. */
export function gate<Value = void>() {
  let open: (value: Value) => void = () => undefined;
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

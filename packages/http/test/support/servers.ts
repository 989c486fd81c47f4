import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import type { Http } from '../../src/index.js';

export interface Served {
  /** Where the API is, prefix included. */
  readonly url: string;
  readonly server: Server;
  stop(): Promise<void>;
}

/** How an API is mounted: under which prefix, and whether the server takes that off by itself. */
export interface Mounting {
  readonly name: string;
  readonly prefix: string;
  /** What `createHttp` has to be told. */
  readonly prefixOption: string | undefined;
  serve(http: Http): Promise<Served>;
}

async function listen(server: Server, http: Http, prefix: string): Promise<Served> {
  server.on('upgrade', (request, socket, head) => {
    if (!http.upgrade(request, socket, head)) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    server,
    stop: async () => {
      http.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serveFastify(http: Http, prefix: string): Promise<Served> {
  const app = fastify({ forceCloseConnections: true });
  await app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      scope.all('/*', (request, reply) => {
        reply.hijack();
        http.node(request.raw, reply.raw);
      });
    },
    { prefix },
  );
  await app.ready();
  return listen(app.server, http, prefix);
}

export const mountings: readonly Mounting[] = [
  {
    name: 'node:http',
    prefix: '',
    prefixOption: undefined,
    serve: (http) => listen(createServer(http.node), http, ''),
  },
  {
    name: 'node:http under a prefix',
    prefix: '/moorage',
    prefixOption: '/moorage',
    serve: (http) => listen(createServer(http.node), http, '/moorage'),
  },
  {
    name: 'Express 5',
    prefix: '',
    prefixOption: undefined,
    serve: (http) => listen(createServer(express().use(http.node).use(express.json())), http, ''),
  },
  {
    name: 'Express 5 under a prefix',
    prefix: '/moorage',
    prefixOption: '/moorage',
    serve: (http) => listen(createServer(express().use('/moorage', http.node).use(express.json())), http, '/moorage'),
  },
  {
    name: 'Express 5 behind a body parser',
    prefix: '',
    prefixOption: undefined,
    serve: (http) => listen(createServer(express().use(express.json()).use(http.node)), http, ''),
  },
  { name: 'Fastify', prefix: '', prefixOption: undefined, serve: (http) => serveFastify(http, '') },
  {
    name: 'Fastify under a prefix',
    prefix: '/moorage',
    prefixOption: '/moorage',
    serve: (http) => serveFastify(http, '/moorage'),
  },
];

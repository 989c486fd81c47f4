import type { Http } from '@moorage/http';
import express from 'express';
import { fastify } from 'fastify';

/** One line into Express. */
export function mountInExpress(http: Http) {
  const app = express();
  // #region express
  app.use(http.node); // at the root, or under the prefix that createHttp was given:
  app.use('/moorage', http.node);
  // #endregion
  return app;
}

/** Under a prefix of a Fastify server. */
export function mountInFastify(http: Http) {
  const app = fastify();
  // #region fastify
  app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      scope.all('/*', (request, reply) => {
        reply.hijack();
        http.node(request.raw, reply.raw);
      });
    },
    { prefix: '/moorage' },
  );
  // #endregion
  return app;
}

import { MoorageError } from '@moorage/protocol';
import { Hono } from 'hono';
import { failure } from './answer.js';
import type { HttpContext, HttpEnv } from './context.js';
import { reportFailure } from './report-failure.js';
import { requestId } from './request-id.js';
import { addActionRoutes } from './routes/action-routes.js';
import { addEventStream } from './routes/event-stream.js';
import { addMetaRoutes } from './routes/meta-routes.js';
import { securityHeaders } from './security-headers.js';

/** Every route, and what all of them have in common. */
export function createApp(context: HttpContext): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.use(async (c, next) => {
    const id = requestId(c.req.header('x-request-id'));
    const start = performance.now();
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
    c.res.headers.set('x-request-id', id);
    if (c.error) reportFailure(context, c.error, id);
    context.options.onAnswer?.({
      requestId: id,
      method: c.req.raw.method,
      path: c.req.path,
      status: c.res.status,
      durationMs: performance.now() - start,
    });
  });
  addActionRoutes(app, context);
  addEventStream(app, context);
  addMetaRoutes(app, context);
  addOtherMethods(app);
  app.notFound((c) => failure(noRoute(c.req.path)));
  app.onError((error) => failure(error));
  return app;
}

/** For each path: what it allows, and a refusal in our own shape for everything else. Has to come after the routes. */
function addOtherMethods(app: Hono<HttpEnv>): void {
  const allowed = new Map<string, Set<string>>();
  for (const { method, path } of app.routes) {
    if (method === 'ALL') continue;
    const methods = allowed.get(path) ?? new Set(['OPTIONS']);
    methods.add(method);
    if (method === 'GET') methods.add('HEAD');
    allowed.set(path, methods);
  }
  for (const [path, methods] of allowed) {
    const allow = [...methods].sort().join(', ');
    app.all(path, (c) => {
      if (c.req.raw.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } });
      const message = `${c.req.raw.method} is not for ${path}: use ${allow}`;
      const error = new MoorageError('unsupported', message, {
        operation: 'http.route',
        context: { allow: [...methods] },
      });
      return failure(error, { status: 405, headers: { allow } });
    });
  }
}

function noRoute(path: string): MoorageError {
  return new MoorageError(
    'not_found',
    `There is nothing at "${path.slice(0, 200)}": /openapi.json lists what there is`,
    {
      operation: 'http.route',
    },
  );
}

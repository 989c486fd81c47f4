import type { EventsOptions } from '@moorage/core';
import { endpoints, MoorageError } from '@moorage/protocol';
import type { Hono } from 'hono';
import type { HttpContext, HttpEnv } from '../context.js';
import { openFeed } from '../open-feed.js';
import type { Principal } from '../principal.js';
import { eventRecord } from '../records/event-record.js';
import { sseFrame, sseStream } from '../sse-stream.js';
import { accessOf, requireScope } from '../tenant-wall.js';

/**
 * GET /v1/events: the feed as server-sent events. `Last-Event-ID`, or `?after=`, resumes without loss or doubles;
 * `?once=true` ends after the last event that there is.
 */
export function addEventStream(app: Hono<HttpEnv>, context: HttpContext): void {
  app.get(endpoints.events, async (c) => {
    const request = c.req.raw;
    const principal = await context.gate(request);
    const gone = new AbortController();
    const signal = AbortSignal.any([request.signal, context.closing, gone.signal]);
    const once = new URL(request.url).searchParams.get('once') === 'true';
    const options = { ...feedOptions(principal, request), once, signal };
    const { items, from } = await openFeed(context.host, options);
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
    if (request.method === 'HEAD') return new Response(null, { headers });
    const stream = sseStream({
      items,
      from,
      frame: (event) => sseFrame({ id: event.cursor, data: JSON.stringify(eventRecord(event)) }),
      stop: () => gone.abort(),
      heartbeatMs: context.heartbeatMs,
    });
    return new Response(stream, { headers });
  });
}

/** Which events a caller asks for and may see. Errors: `permission_denied`, `not_found`, `invalid_argument`. */
export function feedOptions(principal: Principal, request: Request): EventsOptions {
  requireScope(principal, 'read');
  const query = new URL(request.url).searchParams;
  const { tenant } = accessOf(principal, query.get('customer_id') ?? undefined);
  const after = request.headers.get('last-event-id') ?? query.get('after') ?? undefined;
  if (after !== undefined && !/^[\x21-\x7e]{1,512}$/.test(after)) {
    throw new MoorageError('invalid_argument', 'The cursor is none: use the id of an event, or "start"', {
      operation: 'http.events',
      context: { field: 'after' },
    });
  }
  return { tenant, after, deploymentId: query.get('container_id') ?? undefined };
}

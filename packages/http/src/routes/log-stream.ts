import type { ParsedParams } from '@moorage/protocol';
import type { Call } from '../call.js';
import type { HttpContext } from '../context.js';
import { findTarget } from '../find-target.js';
import { readLogs } from '../handlers/monitoring.js';
import { logRecord } from '../records/monitoring-records.js';
import { sseFrame, sseStream } from '../sse-stream.js';
import { accessOf } from '../tenant-wall.js';

/** GET …/logs?follow: one `log` event a line, until the caller leaves or the container ends. */
export async function followLogs(
  context: HttpContext,
  params: ParsedParams<'get_logs'>,
  call: Call,
  headOnly: boolean,
): Promise<Response> {
  const handle = await findTarget(context.host, params, accessOf(call.principal, params.customer_id));
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
  if (headOnly) return new Response(null, { headers });
  const gone = new AbortController();
  const signal = AbortSignal.any([call.signal, context.closing, gone.signal]);
  const stream = sseStream({
    items: readLogs(handle, params, signal)[Symbol.asyncIterator](),
    frame: (line) => sseFrame({ event: 'log', data: JSON.stringify(logRecord(line)) }),
    stop: () => gone.abort(),
    heartbeatMs: context.heartbeatMs,
  });
  return new Response(stream, { headers });
}

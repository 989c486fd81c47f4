import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * A request's body that is read from the client only when a backend takes it, so that another one can be tried
 * before.
 */
export interface LazyBody {
  readonly stream: Readable;
  readonly touched: boolean;
}

/** Undefined when the request has no body. */
export function lazyBody(request: IncomingMessage): LazyBody | undefined {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || Number(length) === 0)) return undefined;
  let touched = false;
  const onData = (chunk: Buffer) => {
    if (!stream.push(chunk)) request.pause();
  };
  const onEnd = () => stream.push(null);
  const stream = new Readable({
    read() {
      if (!touched) {
        touched = true;
        request.on('data', onData);
        request.on('end', onEnd);
      }
      request.resume();
    },
    destroy(error, done) {
      request.off('data', onData);
      request.off('end', onEnd);
      done(error);
    },
  });
  // Told by undici to whoever sent the request; here nobody else listens.
  stream.on('error', () => undefined);
  return {
    stream,
    get touched() {
      return touched;
    },
  };
}

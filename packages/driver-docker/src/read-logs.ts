import { pipeline, type Readable } from 'node:stream';
import { type InstanceName, type LogLine, MoorageError, type OwnerId } from '@moorage/core/driver';
import { demultiplexer, type LogPiece } from './demultiplexer.js';
import type { EngineClient } from './engine-client.js';
import { findOwned } from './find-container.js';
import { logLineAssembler } from './log-line-assembler.js';

export interface ReadLogsOptions {
  readonly owner: OwnerId;
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly since: number | undefined;
  readonly signal: AbortSignal;
}

/** Lines as they come; a slow reader slows the engine down, and leaving the loop closes the connection. */
export async function* readLogs(
  client: EngineClient,
  name: InstanceName,
  options: ReadLogsOptions,
): AsyncGenerator<LogLine, void, undefined> {
  const { follow, tail, since, signal } = options;
  const container = await findOwned(client, name, options.owner, signal);
  if (!container) {
    throw new MoorageError('not_found', `There is no instance "${name}" on this engine`, { operation: 'driver.logs' });
  }
  const source = await client.stream({
    method: 'GET',
    path: `/containers/${container.Id}/logs`,
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      follow,
      tail: tail === undefined ? 'all' : String(tail),
      since: since === undefined ? undefined : (since / 1000).toFixed(3),
    },
    signal,
  });
  const assembler = logLineAssembler(name);
  for await (const piece of demultiplexed(source)) yield* assembler.push(piece);
  yield* assembler.end();
}

function demultiplexed(source: Readable): AsyncIterable<LogPiece> {
  // Errors of either end reach the reader through the second; the callback only keeps them from being thrown.
  return pipeline(source, demultiplexer(), () => undefined) as AsyncIterable<LogPiece>;
}

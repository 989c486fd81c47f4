import type { LogRecord } from '@moorage/protocol';
import type { CliIo } from './cli-io.js';
import { type HostOptions, hostClient } from './host-client.js';

export interface LogsOptions extends HostOptions {
  readonly follow?: boolean | undefined;
  readonly tail?: number | undefined;
  readonly since?: string | undefined;
  readonly instance?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Prints what an agent wrote, oldest first; with `follow` until the user or the container ends it. */
export async function logsCommand(container: string, options: LogsOptions, io: CliIo): Promise<void> {
  const client = hostClient(options, io.env);
  const { tail, since, instance } = options;
  const params = { container_id: container, tail, since, instance_id: instance };
  const print = (line: LogRecord) => io.out(options.json ? `${JSON.stringify(line)}\n` : formatLogLine(line));
  if (options.follow) {
    for await (const line of client.followLogs(params, { signal: io.signal })) print(line);
    return;
  }
  const { logs } = await client.getLogs(params, { signal: io.signal });
  for (const line of logs) print(line);
}

/** An agent's own text stays as it is: what it prints may have colours. */
export function formatLogLine({ at, instance_id, text }: LogRecord): string {
  return `${at === null ? '' : `${at} `}${instance_id} ${text}\n`;
}

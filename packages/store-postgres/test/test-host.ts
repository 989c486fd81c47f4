/**
 * A host for tests: starts the embedded server on a folder, commits deployments for ever, and writes a line for each
 * that was acknowledged. `ready <pid of the server>`, then `committed <id>`; `refused <code> <message>` when it may not
 * start. With a second argument it exits as soon as it is ready, and closes nothing.
 */
import { isMoorageError } from '@moorage/core/store';
import { embeddedPostgres, postgresStore } from '../src/index.js';
import { newDeployment } from './deployment.js';

const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const server = await embeddedPostgres({ folder: process.argv[2] ?? '' });
  const store = await postgresStore({ url: server.url });
  say(`ready ${server.pid()}`);
  if (process.argv[3] === 'exit') process.exit(0);
  for (let count = 0; ; count += 1) {
    const id = `d-${process.pid}-${count}`;
    await store.commit(newDeployment(id));
    say(`committed ${id}`);
  }
} catch (thrown) {
  say(isMoorageError(thrown) ? `refused ${thrown.code} ${thrown.message}` : `failed ${String(thrown)}`);
  process.exit(1);
}

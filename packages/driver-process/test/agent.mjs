// A small agent for the tests; what it does is told by its environment.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { env } = process;
let counter = 0;
if (env.LINES) for (let line = 1; line <= Number(env.LINES); line += 1) console.log(`line ${line}`);
if (env.PRINT) {
  // Byte by byte, so that characters of several bytes arrive in pieces.
  for (const byte of Buffer.from(env.PRINT)) {
    process.stdout.write(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
if (env.FLOOD_BYTES) {
  const row = `${'x'.repeat(1023)}\n`;
  for (let written = 0; written < Number(env.FLOOD_BYTES); written += row.length) {
    if (!process.stdout.write(row)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  console.log('flood done');
}
if (env.STUBBORN) process.on('SIGTERM', () => console.error('SIGTERM ignored'));
const sleeper = ['-e', 'setInterval(() => {}, 1000)'];
const children = [];
if (env.CHILD) children.push(spawn(process.execPath, sleeper, { stdio: 'ignore' }).pid);
if (env.ESCAPED_CHILD) children.push(spawn(process.execPath, sleeper, { stdio: 'ignore', detached: true }).pid);
if (env.EXIT_CODE) process.exit(Number(env.EXIT_CODE));

createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const answers = {
    '/health': () => ({ status: 'ok' }),
    '/count': () => {
      counter += 1;
      return { count: counter };
    },
    '/env': () => ({ value: env[url.searchParams.get('name') ?? ''] ?? null }),
    '/facts': () => ({ pid: process.pid, children, cwd: process.cwd() }),
    '/append': () => {
      appendFileSync(`${env.MOORAGE_VOLUME_DATA}/log`, 'x');
      return { length: readFileSync(`${env.MOORAGE_VOLUME_DATA}/log`).length };
    },
    '/exit': () => process.exit(Number(url.searchParams.get('code'))),
  };
  const answer = answers[url.pathname];
  response.statusCode = answer ? 200 : 404;
  response.end(JSON.stringify(answer ? answer() : {}));
}).listen(Number(env.PORT), env.HOST);

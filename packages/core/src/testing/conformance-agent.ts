/**
 * The program that the conformance suite runs in instances: one ES module without dependencies, for Node 18 or later. A
 * harness writes it to a file or into an image and runs `node agent.mjs`. What it does is told by its environment:
 * `PORT` where it listens · `EXIT_CODE` ends at once with it · `LINES` so many lines `line 1`, `line 2`, … at start ·
 * `IGNORE_SIGTERM=1` · `LISTEN_DELAY_MS`. Its paths are listed in the routes below; all are GET.
 */
export const conformanceAgentSource: string = String.raw`
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';

const { env } = process;
let count = 0;
const kept = [];

function print(stream, text) {
  (stream === 'stderr' ? process.stderr : process.stdout).write(text);
}

for (let line = 1; line <= Number(env.LINES ?? 0); line += 1) print('stdout', 'line ' + line + '\n');
if (env.EXIT_CODE !== undefined) process.exit(Number(env.EXIT_CODE));

function attempt(run) {
  try {
    return [200, String(run())];
  } catch (error) {
    return [500, String(error.code ?? error.message)];
  }
}

// One child says "ok" and stays; it did not work when it ends, cannot be started, or says nothing for long.
function child() {
  return new Promise((resolve) => {
    const script = 'process.stdout.write("ok"); setInterval(() => {}, 1000)';
    const started = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const done = (worked) => resolve({ started, worked });
    started.on('error', () => done(false));
    started.on('exit', () => done(false));
    started.stdout.on('data', () => done(true));
    setTimeout(() => done(false), 5000).unref();
  });
}

async function fork(amount) {
  const children = await Promise.all(Array.from({ length: amount }, child));
  for (const { started } of children) started.kill('SIGKILL');
  return [200, String(children.filter(({ worked }) => worked).length)];
}

function reach(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const done = (text) => {
      socket.destroy();
      resolve([200, text]);
    };
    socket.on('connect', () => done('yes'));
    socket.on('timeout', () => done('no ETIMEDOUT'));
    socket.on('error', (error) => done('no ' + error.code));
  });
}

function burn(ms) {
  const before = process.cpuUsage();
  const start = process.hrtime.bigint();
  const wall = () => Number(process.hrtime.bigint() - start) / 1e6;
  while (wall() < ms);
  const used = process.cpuUsage(before);
  return [200, JSON.stringify({ wallMs: wall(), cpuMs: (used.user + used.system) / 1000 })];
}

function allocate(mebibytes) {
  for (let made = 0; made < mebibytes; made += 4) kept.push(Buffer.alloc(4 * 1024 * 1024, 1));
  return [200, String(kept.length * 4)];
}

// Byte by byte, so that a character of several bytes arrives in several pieces.
async function bytes(hex, stream) {
  for (const byte of Buffer.from(hex, 'hex')) {
    print(stream, Buffer.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return [200, 'ok'];
}

function abort() {
  // The signal has no default effect on the first process of a container; abort() has.
  setTimeout(() => process.abort(), 200);
  process.kill(process.pid, 'SIGABRT');
  return [200, 'ok'];
}

const interfaces = () => Object.values(networkInterfaces()).flat();
const addresses = () => interfaces().filter((one) => one.family === 'IPv4' && !one.internal);

function write(query) {
  const filler = 'x'.repeat(Number(query.get('bytes') ?? 0));
  return attempt(() => writeFileSync(query.get('path'), filler + (query.get('text') ?? '')));
}

const routes = {
  '/health': () => [200, JSON.stringify({ status: 'ok', load: 0 })],
  '/env': (query) => [200, JSON.stringify(env[query.get('name')] ?? null)],
  '/argv': () => [200, JSON.stringify(process.argv.slice(2))],
  '/count': () => [200, String((count += 1))],
  '/memory': (query) => allocate(Number(query.get('mb'))),
  '/cpu': (query) => burn(Number(query.get('ms'))),
  '/abort': abort,
  '/log': (query) => {
    for (let time = 0; time < Number(query.get('times') ?? 1); time += 1) {
      print(query.get('stream'), query.get('text') + '\n');
    }
    return [200, 'ok'];
  },
  '/logbytes': (query) => bytes(query.get('hex'), query.get('stream')),
  '/fork': (query) => fork(Number(query.get('n'))),
  '/write': write,
  '/read': (query) => attempt(() => readFileSync(query.get('path'), 'utf8')),
  '/id': () => [200, JSON.stringify({ uid: process.getuid?.(), gid: process.getgid?.() })],
  '/addresses': () => [200, JSON.stringify(addresses().map((one) => one.address))],
  '/reach': (query) => reach(query.get('host'), Number(query.get('port'))),
};

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://agent');
  if (url.pathname === '/exit') {
    response.end('bye', () => process.exit(Number(url.searchParams.get('code') ?? 0)));
    return;
  }
  const route = routes[url.pathname];
  const [status, body] = route ? await route(url.searchParams) : [404, 'no such path'];
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(body);
});

process.on('SIGTERM', () => {
  if (env.IGNORE_SIGTERM !== '1') process.exit(0);
});
setTimeout(() => server.listen(Number(env.PORT)), Number(env.LISTEN_DELAY_MS ?? 0));
`;

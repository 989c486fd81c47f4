/** Ways in which the agent of these tests can behave; it reads its own from the variable `MODE`. */
export type Mode = 'good' | 'exits' | 'deaf' | 'other-port' | 'broken' | 'stubborn' | 'chatty';

/** Bytes that a `chatty` agent writes before its last line. */
export const chattyBytes = 100 * 1024 * 1024;
export const chattyLastLine = 'that was all';

/** One small program for every driver. `GET /` tells who answers. */
export const faultAgentSource = `
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';

const { MODE = 'good', PORT = '8080', HOST = '0.0.0.0', VERSION = '1' } = process.env;
const { MOORAGE_CUSTOMER_ID: customer, MOORAGE_AGENT_ID: agent } = process.env;
const me = { mode: MODE, version: VERSION, pid: process.pid, customer, agent };

writeSync(1, 'this is a ' + MODE + ' agent\\n');
if (MODE === 'exits') process.exit(3);
if (MODE === 'deaf') setInterval(() => {}, 60_000);
else serve(Number(PORT) + (MODE === 'other-port' ? 1 : 0));
if (MODE === 'chatty') await chat();

function serve(port) {
  const server = createServer((request, response) => {
    const status = MODE === 'broken' ? 500 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(request.url === '/health' ? { status: 'ok' } : me));
  });
  server.listen(port, HOST);
  process.on('SIGTERM', () => {
    if (MODE === 'stubborn') return;
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

async function chat() {
  const line = 'x'.repeat(1023) + '\\n';
  for (let written = 0; written < ${chattyBytes}; written += 64 * 1024) {
    if (!process.stdout.write(line.repeat(64))) await once(process.stdout, 'drain');
  }
  process.stdout.write('${chattyLastLine}\\n');
}
`;

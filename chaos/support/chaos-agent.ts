/** What runs everywhere: tells who it is, and keeps a file on its volume when it has one. */
export const chaosAgentSource = `
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const { PORT = '8080', HOST = '0.0.0.0', VERSION, MOORAGE_VOLUME_DATA: folder } = process.env;
// A plain process is told where its volume lies; elsewhere it lies where the manifest says.
const KEEP = folder ? folder + '/born' : process.env.KEEP;
const { CUSTOMER: customer, AGENT: agent, HOSTNAME, MOORAGE_INSTANCE_ID: instance = HOSTNAME } = process.env;

function birth() {
  if (!KEEP) return undefined;
  // 'wx' settles the race of several instances on one volume.
  try { writeFileSync(KEEP, instance, { flag: 'wx' }); } catch (error) { if (error.code !== 'EEXIST') throw error; }
  return readFileSync(KEEP, 'utf8');
}
const me = { customer, agent, instance, version: Number(VERSION), born: birth() };

function reach(to) {
  const [host, port] = to.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const done = (word) => { socket.destroy(); resolve(word); };
    socket.setTimeout(3000, () => done('silent'));
    socket.on('connect', () => done('reached'));
    socket.on('error', (error) => done(error.code));
  });
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://agent');
  const to = url.searchParams.get('reach');
  const body = url.pathname === '/health' ? { status: 'ok' } : to ? { ...me, found: await reach(to) } : me;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
});
server.listen(Number(PORT), HOST);
process.on('SIGTERM', () => process.exit(0));
`;

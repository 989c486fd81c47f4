import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { gateway } from '@moorage/gateway';
import { figure } from './figure.js';

/**
 * Small requests, one after the other, alternately straight to the agent and through the gateway; then many at once.
 */
const pairs = 3_000;
const warmUp = 300;
const concurrency = 32;
const manyMs = 4_000;

const agentSource = `
  const server = require('node:http').createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"result":8}');
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.resume().on('end', () => process.exit());
`;

/** The agent ends with this process: it watches its standard input. */
async function startAgent(): Promise<{ readonly port: number; readonly stop: () => void }> {
  const child = spawn(process.execPath, ['-e', agentSource], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise((resolve) => child.stdout.once('data', resolve));
  return { port: Number(String(line)), stop: () => child.kill() };
}

const agent = new Agent({ keepAlive: true, maxSockets: concurrency });

function ask(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/health', agent }, (response) => {
      response.on('end', resolve).on('error', reject).resume();
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
    });
    sent.on('error', reject).end();
  });
}

async function timed(port: number): Promise<number> {
  const started = performance.now();
  await ask(port);
  return performance.now() - started;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

async function rate(port: number): Promise<number> {
  const until = performance.now() + manyMs;
  let done = 0;
  const client = async () => {
    while (performance.now() < until) {
      await ask(port);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return done / (manyMs / 1_000);
}

async function main(): Promise<void> {
  const target = await startAgent();
  const door = gateway();
  const record = { id: 'a-1', tenant: 'bench', agentId: 'agent.bench', deploymentId: 'd-1', port: 0, createdAt: 0 };
  const port = Number(new URL(await door.open(record, 'bench')).port);
  door.route('a-1', [{ instance: 'i-1', endpoint: { host: '127.0.0.1', port: target.port } }]);
  const direct: number[] = [];
  const through: number[] = [];
  for (let pair = 0; pair < pairs + warmUp; pair += 1) {
    // Who goes first changes, so that neither always finds the caches warm.
    const [first, second] = pair % 2 ? [target.port, port] : [port, target.port];
    const times = [await timed(first), await timed(second)] as const;
    if (pair < warmUp) continue;
    direct.push(pair % 2 ? times[0] : times[1]);
    through.push(pair % 2 ? times[1] : times[0]);
  }
  const added = percentile(through, 0.5) - percentile(direct, 0.5);
  const [directRate, throughRate] = [await rate(target.port), await rate(port)];
  await door.close();
  agent.destroy();
  target.stop();

  process.stdout.write(
    `direct p50 ${percentile(direct, 0.5).toFixed(3)} ms, through p50 ${percentile(through, 0.5).toFixed(3)} ms, ` +
      `p99 ${percentile(through, 0.99).toFixed(3)} ms\n` +
      `${concurrency} at once: direct ${directRate.toFixed(0)}/s, through ${throughRate.toFixed(0)}/s (client and gateway share this thread)\n`,
  );
  figure({ what: 'gateway, added p50', measured: `${added.toFixed(3)} ms`, bar: 'at most 1 ms', met: added <= 1 });
}

await main();

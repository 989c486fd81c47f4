import { spawn } from 'node:child_process';
import { httpTransport, systemClock, systemRandom } from '@moorage/core';
import { createHealthMonitor } from '../packages/core/src/engine/health-monitor.js';
import { figure } from './figure.js';

/** 10 000 targets at 10 s against one agent process on loopback, on one thread: this one. */
const targets = 10_000;
const measureMs = 30_000;
const blockMs = 3_000;

const policy = {
  path: '/health',
  intervalMs: 10_000,
  timeoutMs: 2_000,
  failureThreshold: 3,
  successThreshold: 1,
  startPeriodMs: 30_000,
  degradedLatencyMs: undefined,
  degradedLoad: undefined,
};

const agentSource = `
  const server = require('node:http').createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"status":"ok","load":0.1}');
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.resume().on('end', () => process.exit());
`;

/** The agent ends with this process: it watches its standard input. */
async function startAgent(): Promise<{ readonly port: number; readonly stop: () => void }> {
  const child = spawn(process.execPath, ['-e', agentSource], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await new Promise((resolve) => child.stdout.once('data', (data) => resolve([data])))) as [Buffer];
  return { port: Number(String(line)), stop: () => child.kill() };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function settledHeap(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    global.gc?.();
    await wait(50);
  }
  return process.memoryUsage().heapUsed;
}

async function main(): Promise<void> {
  const agent = await startAgent();
  const transport = httpTransport();
  const monitor = createHealthMonitor({ clock: systemClock, random: systemRandom, transport });
  const heapBefore = await settledHeap();
  for (let index = 0; index < targets; index += 1) {
    const deploymentId = `d-${systemRandom.id(16)}`;
    const endpoint = { host: '127.0.0.1', port: agent.port };
    // As a host does: each has its own copy of the policy, read from the store.
    monitor.watch({ instance: `${deploymentId}-0-1`, deploymentId, endpoint, policy: { ...policy }, known: 'unknown' });
  }
  await wait(15_000);
  const heapEach = ((await settledHeap()) - heapBefore) / targets;

  const before = process.cpuUsage();
  const started = performance.now();
  const checked = monitor.stats().checks;
  await wait(measureMs);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1_000 / (performance.now() - started);
  const { p50, p99 } = monitor.stats().startLatenessMs;
  const rate = (monitor.stats().checks - checked) / (measureMs / 1_000);
  const failures = monitor.stats().failures;

  const transitionsBefore = monitor.stats().transitions;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  await wait(15_000);
  const transitions = monitor.stats().transitions - transitionsBefore;
  monitor.close();
  await transport.close();
  agent.stop();

  process.stdout.write(`${rate.toFixed(0)} checks/s, ${failures} failed, start lateness p50 ${p50.toFixed(1)} ms\n`);
  const percent = share * 100;
  figure({
    what: '10 000 health targets, processor',
    measured: `${percent.toFixed(1)} % of a core`,
    bar: 'at most 25 %',
    met: percent <= 25,
  });
  figure({
    what: '10 000 health targets, start lateness p99',
    measured: `${p99.toFixed(1)} ms`,
    bar: 'at most 100 ms',
    met: p99 <= 100,
  });
  figure({
    what: '10 000 health targets, heap each',
    measured: `${heapEach.toFixed(0)} B`,
    bar: 'at most 2048 B',
    met: heapEach <= 2_048,
  });
  figure({
    what: '10 000 health targets, transitions after a 3 s block',
    measured: String(transitions),
    bar: '0',
    met: transitions === 0,
  });
}

await main();

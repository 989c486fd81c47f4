import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { parseHealthBody } from '@moorage/protocol/base';
import type { ProbeErrorCode, ProbeResult } from '../model/health.js';
import type { Endpoint } from '../model/instance.js';
import { maxHealthBodyBytes } from '../model/limits.js';
import type { AgentTransport } from '../ports/agent-transport.js';
import { type LoopStall, loopStall } from './loop-stall.js';
import { systemClock } from './system-clock.js';

export interface HttpTransportOptions {
  /** Connections kept open between probes, over all agents. [256] */
  readonly maxIdleConnections?: number | undefined;
}

/** Part of the timeout that our own event loop may be blocked before a failure says nothing about the agent. */
const stallShare = 0.25;

interface Probe {
  readonly endpoint: Endpoint;
  readonly path: string;
  readonly timeoutMs: number;
  readonly startedMs: number;
  readonly stalled: () => number;
  readonly resolve: (result: ProbeResult) => void;
  cancelTimer: () => void;
  request: ClientRequest | undefined;
  response: IncomingMessage | undefined;
  retried: boolean;
  settled: boolean;
}

/** Probes over HTTP/1.1 with kept-alive connections. A probe never rejects and always ends. */
export function httpTransport(options: HttpTransportOptions = {}): AgentTransport {
  const agent = frugalAgent(options.maxIdleConnections ?? 256);
  const stall = loopStall(systemClock);
  const pending = new Set<Probe>();
  let closed = false;

  return {
    probe(endpoint, path, timeoutMs) {
      if (closed) return Promise.resolve(failed(0, 'aborted', 'The transport is closed'));
      return new Promise((resolve) => {
        const probe = startProbe({ endpoint, path, timeoutMs }, stall, (result) => {
          pending.delete(probe);
          resolve(result);
        });
        pending.add(probe);
        send(probe, agent);
      });
    },
    async close() {
      closed = true;
      for (const probe of [...pending]) fail(probe, 'aborted', 'The transport was closed during the probe');
      agent.destroy();
    },
  };
}

/** Keeps few connections open in all, not few per agent: thousands of agents must not use up the file descriptors. */
function frugalAgent(maxIdle: number): Agent {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  const idle = new Set<Socket>();
  const watched = new WeakSet<Socket>();
  // Typed as void; in truth it tells whether the server lets the connection live.
  const keep = agent.keepSocketAlive.bind(agent) as (socket: Socket) => unknown;
  const reuse = agent.reuseSocket.bind(agent);
  agent.keepSocketAlive = (socket: Socket) => {
    if (idle.size >= maxIdle || !keep(socket)) return false;
    idle.add(socket);
    if (!watched.has(socket)) socket.once('close', () => idle.delete(socket));
    watched.add(socket);
    return true;
  };
  agent.reuseSocket = (socket: Socket, used: ClientRequest) => {
    idle.delete(socket);
    reuse(socket, used);
  };
  return agent;
}

function startProbe(
  target: { endpoint: Endpoint; path: string; timeoutMs: number },
  stall: LoopStall,
  resolve: (result: ProbeResult) => void,
): Probe {
  const probe: Probe = {
    ...target,
    startedMs: systemClock.monotonic(),
    stalled: stall.start(),
    resolve,
    cancelTimer: () => undefined,
    request: undefined,
    response: undefined,
    retried: false,
    settled: false,
  };
  probe.cancelTimer = systemClock.setTimer(target.timeoutMs, () => {
    // Timers run before sockets are read: after a stall the answer may be there already, so one round of reading
    // comes first.
    setImmediate(() => fail(probe, 'timeout', `No answer within ${target.timeoutMs} ms`));
  });
  return probe;
}

function send(probe: Probe, agent: Agent): void {
  const { endpoint, path } = probe;
  try {
    const sent = request({
      host: endpoint.host,
      port: endpoint.port,
      path,
      agent,
      headers: { accept: 'application/json', 'user-agent': 'moorage-health' },
    });
    probe.request = sent;
    sent.on('response', (response) => readAnswer(probe, response));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // The agent may close a kept connection just when it is used again; that says nothing about its health.
      if (sent.reusedSocket && !probe.retried && !probe.settled) {
        probe.retried = true;
        send(probe, agent);
      } else {
        fail(probe, error.code === 'ECONNREFUSED' ? 'refused' : 'network', error.message);
      }
    });
    sent.end();
  } catch (error) {
    // A path or a host that cannot be put into a request at all.
    fail(probe, 'network', error instanceof Error ? error.message : String(error));
  }
}

function readAnswer(probe: Probe, response: IncomingMessage): void {
  probe.response = response;
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = () => judge(probe, response.statusCode ?? 0, Buffer.concat(chunks).subarray(0, maxHealthBodyBytes));
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < maxHealthBodyBytes) return;
    response.removeAllListeners('data');
    finish();
  });
  response.on('end', finish);
  response.on('error', () => fail(probe, 'network', 'The agent closed the connection in the middle of its answer'));
}

function judge(probe: Probe, statusCode: number, body: Buffer): void {
  const { verdict, load, message } = parseHealthBody(statusCode, body.toString('utf8'));
  // An answer is an answer, however long we were blocked; only the time that we lost ourselves is not the agent's.
  const responseTimeMs = Math.max(0, elapsed(probe) - Math.round(probe.stalled()));
  const error = statusCode >= 200 && statusCode <= 299 ? 'body' : 'status';
  settle(
    probe,
    verdict === 'fail'
      ? failed(responseTimeMs, error, message ?? `answered ${statusCode}`)
      : { kind: 'pass', responseTimeMs, load, warn: verdict === 'warn' },
  );
}

function fail(probe: Probe, error: ProbeErrorCode, message: string): void {
  if (probe.settled) return;
  const elapsedMs = elapsed(probe);
  const lateMs = error === 'timeout' ? elapsedMs - probe.timeoutMs : 0;
  const stalledMs = Math.round(Math.max(probe.stalled(), lateMs));
  const inconclusive = error !== 'aborted' && stalledMs > probe.timeoutMs * stallShare;
  settle(
    probe,
    inconclusive
      ? { kind: 'inconclusive', reason: `Our own event loop was blocked for ${stalledMs} ms during the probe` }
      : failed(elapsedMs, error, message),
  );
}

function settle(probe: Probe, result: ProbeResult): void {
  if (probe.settled) return;
  probe.settled = true;
  probe.cancelTimer();
  probe.stalled();
  // An answer that was read to its end gives its connection back; destroying it would close one that can be used again.
  if (!probe.response?.complete) probe.request?.destroy();
  probe.resolve(result);
}

/** In tenths of a millisecond: what lies below is noise and makes records long. */
function elapsed(probe: Probe): number {
  return Math.round((systemClock.monotonic() - probe.startedMs) * 10) / 10;
}

function failed(responseTimeMs: number, error: ProbeErrorCode, message: string): ProbeResult {
  return { kind: 'fail', responseTimeMs, error, message };
}

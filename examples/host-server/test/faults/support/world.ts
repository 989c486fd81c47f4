import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createHost,
  type Driver,
  type Host,
  type HostOptions,
  memoryDriver,
  memoryEngine,
  systemClock,
  systemRandom,
} from '@moorage/core';
import { dockerDriver, localNodeImage } from '@moorage/driver-docker';
import { processDriver } from '@moorage/driver-process';
import { gateway } from '@moorage/gateway';
import type { ManifestRuntime } from '@moorage/protocol';
import { type EngineByHand, engineByHand } from './engine-by-hand.js';
import { faultAgentSource, type Mode } from './fault-agent.js';
import { freePorts } from './free-ports.js';

export type Kind = 'docker' | 'process' | 'memory';

/** Small enough that 100 MB do not fit, on every driver. */
export const logMaxBytes = 1024 * 1024;

/** A good agent is not taken for a bad one because the machine is slow. */
const patient = { start_period_ms: 120_000, timeout_ms: 5_000, failure_threshold: 6 };

/** One engine with an agent on it, and hosts that are made and taken away again. */
export interface World {
  readonly kind: Kind;
  readonly ports: { readonly from: number; readonly to: number };
  /** What the hosts have logged: level and words. */
  readonly log: readonly string[];
  /** The process driver's state folder. */
  readonly folder: string;
  readonly image: string;
  /** Docker only. */
  readonly engine: EngineByHand;
  driver(): Driver;
  host(options?: HostOptions): Promise<Host>;
  /** A manifest of the agent in that mode. */
  manifest(mode: Mode, more?: { readonly agentId?: string; readonly runtime?: ManifestRuntime }): ManifestOfTest;
  /** What is left on the engine of an owner. */
  leftovers(owner: string): Promise<readonly string[]>;
  /** Addresses of the range at which somebody listens. */
  openPorts(): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface ManifestOfTest {
  readonly agent_id: string;
  readonly name: string;
  readonly version: string;
  readonly runtime: ManifestRuntime;
}

export interface WorldOptions {
  /** Ports for addresses. [40] */
  readonly portCount?: number;
  /** [the default engine's] */
  readonly socketPath?: string;
}

/** The agent's program in a temporary folder of its own. */
async function writeProgram() {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-faults-'));
  const program = join(folder, 'agent.mjs');
  await writeFile(program, faultAgentSource);
  return { folder, program };
}

export async function openWorld(kind: Kind, options: WorldOptions = {}): Promise<World> {
  const { socketPath } = options;
  const { folder, program } = await writeProgram();
  const image = `moorage-faults-${randomBytes(6).toString('hex')}:1`;
  const command = ['node', '/agent/agent.mjs'];
  const engine = engineByHand(socketPath);
  const where = socketPath === undefined ? {} : { socketPath };
  const ports = await freePorts(options.portCount);
  if (kind === 'docker') {
    await localNodeImage({ ...where, tag: image, files: { '/agent/agent.mjs': faultAgentSource }, command });
  }
  const memory = memoryEngine({ clock: systemClock, random: systemRandom });
  const state = join(folder, 'state');
  const driver = (): Driver => {
    if (kind === 'docker') return dockerDriver({ ...where, logMaxBytes });
    return kind === 'process' ? processDriver({ folder: state, logMaxBytes }) : memoryDriver({ engine: memory });
  };
  const log: string[] = [];
  const hosts: Host[] = [];
  const source = kind === 'process' ? { language: 'node', entrypoint: program } : { image, command };
  return {
    kind,
    ports,
    log,
    folder: state,
    image,
    engine,
    driver,
    async host(more = {}) {
      const host = await createHost({
        driver: driver(),
        frontDoor: gateway(),
        ports,
        logger: { log: (level, message) => log.push(`${level} ${message}`) },
        resyncMs: 1_000,
        ...more,
      });
      hosts.push(host);
      return host;
    },
    manifest: (mode, { agentId = `agent.faults.${mode}`, runtime } = {}) => ({
      agent_id: agentId,
      name: mode,
      version: '1.0.0',
      runtime: {
        ...source,
        grace_ms: 2_000,
        probes: patient,
        ...runtime,
        env: [{ name: 'MODE', value: mode }, ...(runtime?.env ?? [])],
      },
    }),
    async leftovers(owner) {
      if (kind === 'docker') return engine.leftovers(owner);
      return kind === 'process' ? leftInFolder(state) : memory.leftovers(owner);
    },
    openPorts: () => openPorts(ports),
    async close() {
      await Promise.allSettled(hosts.map((host) => host.close()));
      if (kind === 'process') await takeDown(processDriver({ folder: state }), hosts);
      if (kind === 'docker') {
        for (const { owner } of hosts) await engine.sweep(owner);
        await engine.removeImage(image);
      }
      await ports.release();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What a failed test has left running. */
async function takeDown(driver: ReturnType<typeof processDriver>, hosts: readonly Host[]): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  for (const owner of new Set(hosts.map((host) => host.owner))) {
    const { instances } = await driver.list({ owner }, { signal });
    await Promise.all(instances.map(({ name }) => driver.remove(name, { owner, signal, graceMs: 0, purge: true })));
  }
  await driver.close();
}

/** Instances, ports that are held, volumes and half-removed things of a state folder, of whatever owner. */
async function leftInFolder(folder: string): Promise<readonly string[]> {
  const rooms = ['instances', 'staging', 'trash', 'ports', 'volumes'];
  await mkdir(folder, { recursive: true });
  const found = await Promise.all(
    rooms.map(async (room) => (await readdir(join(folder, room)).catch(() => [])).map((entry) => `${room}/${entry}`)),
  );
  return found.flat();
}

async function openPorts({ from, to }: { from: number; to: number }): Promise<readonly number[]> {
  const ports = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const open = await Promise.all(ports.map((port) => isOpen(port)));
  return ports.filter((_, index) => open[index]);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const done = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

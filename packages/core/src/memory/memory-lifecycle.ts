import type { ParkDepth } from '../model/deployment.js';
import type { InstanceSpec } from '../model/instance.js';
import type { Clock } from '../ports/clock.js';
import { type MemoryBehaviour, type MemoryExit, type MemoryProcess, toInstanceExit } from './memory-behaviour.js';
import type { MemoryInstance } from './memory-instance.js';
import { memoryLog } from './memory-log.js';
import { type MemoryWorld, purgeVolumes, volumeFiles } from './memory-world.js';

/** What simulated instances need from their engine. Everything happens at once, or by a timer of its clock. */
export interface Lifecycle {
  readonly clock: Clock;
  behaviourOf(spec: InstanceSpec): MemoryBehaviour;
  changed(spec: InstanceSpec): void;
  /** Gives the instance a port at which it is found. */
  listen(instance: MemoryInstance): number;
  hangUp(port: number): void;
}

const nothing = (): void => {};

/** There, and not started. */
export function makeInstance(life: Lifecycle, world: MemoryWorld, spec: InstanceSpec): MemoryInstance {
  const instance: MemoryInstance = {
    spec: structuredClone(spec),
    createdAt: life.clock.now(),
    madeMs: life.clock.monotonic(),
    memory: new Map(),
    ownFiles: new Map(),
    mounts: spec.volumes.map(({ name, path }) => ({ path, files: volumeFiles(world, spec, name) })),
    log: memoryLog(),
    state: 'creating',
    port: 0,
    startedAt: undefined,
    startedMs: 0,
    exit: undefined,
    endsAtMs: undefined,
    cancelEnd: nothing,
    cancelStop: nothing,
    stopsAtMs: undefined,
    purge: false,
  };
  world.instances.set(spec.name, instance);
  life.changed(spec);
  return instance;
}

export function startInstance(life: Lifecycle, instance: MemoryInstance): void {
  const { exitAfterMs, lines, started } = life.behaviourOf(instance.spec);
  instance.state = 'running';
  instance.port = life.listen(instance);
  instance.startedAt = life.clock.now();
  instance.startedMs = life.clock.monotonic();
  instance.exit = undefined;
  instance.memory.clear();
  instance.log.reopen();
  instance.endsAtMs = exitAfterMs === undefined ? undefined : instance.startedMs + exitAfterMs;
  for (const text of lines) writeLine(life, instance, text, 'stdout');
  armEnd(life, instance);
  life.changed(instance.spec);
  started?.(memoryProcess(life, instance));
}

/** The process ends; the instance stays. No effect on one that does not run. */
export function endInstance(
  life: Lifecycle,
  instance: MemoryInstance,
  exit: MemoryExit,
  state: 'exited' | 'stopped' = 'exited',
): void {
  if (instance.state !== 'running' && instance.state !== 'paused') return;
  halt(life, instance);
  instance.state = state;
  instance.exit = toInstanceExit(exit, life.clock.now());
  life.changed(instance.spec);
}

/** Gone without a trace, as if nobody had asked. */
export function vanishInstance(life: Lifecycle, world: MemoryWorld, instance: MemoryInstance): void {
  halt(life, instance);
  instance.state = 'removing';
  if (world.instances.get(instance.spec.name) === instance) world.instances.delete(instance.spec.name);
  if (instance.purge) purgeVolumes(world, instance.spec.owner, instance.spec.deploymentId);
  life.changed(instance.spec);
}

export function removeInstance(
  life: Lifecycle,
  world: MemoryWorld,
  instance: MemoryInstance,
  graceMs: number,
  purge: boolean,
): void {
  instance.purge ||= purge;
  if (instance.state === 'removing') return;
  const { delayMs } = termination(life, instance, graceMs);
  if (delayMs === 0 || instance.state !== 'running') {
    vanishInstance(life, world, instance);
    return;
  }
  instance.state = 'removing';
  instance.cancelEnd();
  instance.cancelStop();
  instance.cancelStop = life.clock.setTimer(delayMs, () => vanishInstance(life, world, instance));
  life.changed(instance.spec);
}

/** Returns how long it takes until it is parked. Asked for again meanwhile, it goes on as it was. */
export function parkInstance(life: Lifecycle, instance: MemoryInstance, depth: ParkDepth): number {
  const { state } = instance;
  if (depth === 'pause' && state === 'running') {
    instance.cancelEnd();
    // Kept as what is left: a paused process does not grow older.
    if (instance.endsAtMs !== undefined) instance.endsAtMs -= life.clock.monotonic();
    instance.state = 'paused';
    life.changed(instance.spec);
  } else if (depth === 'stop' && (state === 'running' || state === 'paused')) {
    if (instance.stopsAtMs !== undefined) return Math.max(0, instance.stopsAtMs - life.clock.monotonic());
    const { delayMs, exit } = termination(life, instance, instance.spec.graceMs);
    const stop = (): void => endInstance(life, instance, exit, 'stopped');
    if (delayMs > 0) {
      instance.stopsAtMs = life.clock.monotonic() + delayMs;
      instance.cancelStop = life.clock.setTimer(delayMs, stop);
      return delayMs;
    }
    stop();
  }
  return 0;
}

export function unparkInstance(life: Lifecycle, instance: MemoryInstance): void {
  if (instance.state === 'stopped') startInstance(life, instance);
  if (instance.state !== 'paused') return;
  if (instance.endsAtMs !== undefined) instance.endsAtMs += life.clock.monotonic();
  instance.state = 'running';
  armEnd(life, instance);
  life.changed(instance.spec);
}

export function writeLine(
  life: Lifecycle,
  { spec, log }: MemoryInstance,
  text: string,
  stream: 'stdout' | 'stderr',
): void {
  log.write({ instance: spec.name, stream, at: life.clock.now(), text });
}

/** An instance seen from inside: what a behaviour's functions work with. */
export function memoryProcess(life: Lifecycle, instance: MemoryInstance): MemoryProcess {
  const { spec, memory, mounts, ownFiles } = instance;
  const filesAt = (path: string): Map<string, string> =>
    mounts.find((mount) => path.startsWith(`${mount.path}/`))?.files ?? ownFiles;
  return {
    spec,
    env: { ...spec.env, ...spec.secretEnv, PORT: String(spec.port) },
    memory,
    files: {
      read: (path) => filesAt(path).get(path),
      write: (path, text) => void filesAt(path).set(path, text),
    },
    log: (text, stream = 'stdout') => writeLine(life, instance, text, stream),
    end: (exit) => endInstance(life, instance, exit),
  };
}

function armEnd(life: Lifecycle, instance: MemoryInstance): void {
  if (instance.endsAtMs === undefined) return;
  const leftMs = Math.max(0, instance.endsAtMs - life.clock.monotonic());
  instance.cancelEnd = life.clock.setTimer(leftMs, () =>
    endInstance(life, instance, life.behaviourOf(instance.spec).exit),
  );
}

/** The process is no more: its timers, its memory, its port, its log's followers. */
function halt(life: Lifecycle, instance: MemoryInstance): void {
  instance.cancelEnd();
  instance.cancelStop();
  instance.stopsAtMs = undefined;
  life.hangUp(instance.port);
  instance.endsAtMs = undefined;
  instance.memory.clear();
  instance.log.end();
}

/** Time from SIGTERM to the end, and what is then told of it. */
function termination(
  life: Lifecycle,
  instance: MemoryInstance,
  graceMs: number,
): { readonly delayMs: number; readonly exit: MemoryExit } {
  const { ignoresTerm, stopDelayMs } = life.behaviourOf(instance.spec);
  const killed = ignoresTerm || stopDelayMs > graceMs;
  return killed
    ? { delayMs: graceMs, exit: { code: 137, signal: 'SIGKILL' } }
    : { delayMs: stopDelayMs, exit: { code: 0 } };
}

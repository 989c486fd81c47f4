import { isMoorageError, MoorageError } from '@moorage/protocol/base';
import type { Random } from '../../ports/random.js';
import { forever, isFrozen, type Life, sleep, thaw } from './life.js';
import type { SimWorld } from './sim-world.js';

/** One call of a host to its driver or store, as the wrapper and those who watch it see it. */
export interface SimCall {
  readonly world: SimWorld;
  readonly life: Life;
  readonly kind: 'driver' | 'store';
  readonly key: string;
  readonly args: readonly unknown[];
  readonly beganMs: number;
  /** Of the world when it began. */
  readonly era: number;
  /** The host has given it up: it may still have its effect, of which the host knows nothing. */
  ghost: boolean;
  /** The host was told that it went well. */
  wentWell: boolean;
  /** Of a look: it showed an earlier moment. */
  staleLook: boolean | undefined;
}

/** Who looks over the shoulder of every call. */
export interface CallWatcher {
  begins(call: SimCall): void;
  /** Right after its effect, whatever the host gets to hear of it. May answer with another result. */
  done(call: SimCall, result: unknown): unknown;
  /** The host has its answer, good or bad. */
  answered(call: SimCall): void;
}

export interface DisturbOptions {
  readonly world: SimWorld;
  readonly life: Life;
  readonly kind: 'driver' | 'store';
  readonly watcher: CallWatcher;
  /** Names of methods that are no calls. */
  readonly plain: ReadonlySet<string>;
}

/**
 * The same object for one life of a host, with faults: a call fails before its effect or after it, is late, hangs, or
 * is the last one that its host makes. At the end of the life it never answers.
 */
export function disturb<T extends object>(target: T, options: DisturbOptions): T {
  const copy: Record<string, unknown> = { ...(target as Record<string, unknown>) };
  for (const [key, value] of Object.entries(copy)) {
    if (typeof value !== 'function' || options.plain.has(key)) continue;
    copy[key] = (...args: unknown[]) =>
      makeCall(options, key, args, (given) => Reflect.apply(value, target, given) as Promise<unknown>);
  }
  return copy as T;
}

type CarryOut = (args: readonly unknown[]) => Promise<unknown>;

async function makeCall(options: DisturbOptions, key: string, args: readonly unknown[], carryOut: CarryOut) {
  const { world, life, kind, watcher } = options;
  const { tally, clock } = world;
  if (life.over) return forever();
  if (tally.effects > world.endlessAt) {
    world.report('I12', `${tally.effects} calls, and no end: ${life.name} calls ${key} again`);
    return forever();
  }
  tally.effects += 1;
  clock.stir();
  const fault = chooseFault(options, key);
  if (fault !== 'none') tally.disturbed += 1;
  const call: SimCall = {
    ...{ world, life, kind, key, args, beganMs: clock.monotonic(), era: world.era },
    ...{ ghost: false, wentWell: false, staleLook: undefined },
  };
  const name = `${life.name} ${kind}.${key} ${subjectOf(args)}`;
  watcher.begins(call);
  if (fault === 'crash-before') return die(world, life, name);
  try {
    if (isFrozen(clock, life) && (await thaw(clock, life))) return forever();
    const result = await (fault === 'none'
      ? effect(watcher, call, args, carryOut)
      : disturbed(call, fault, name, (given) => effect(watcher, call, given, carryOut)));
    if (fault === 'crash-after') return die(world, life, name);
    if (life.over || (isFrozen(clock, life) && (await thaw(clock, life)))) return forever();
    tally.note(`${name} ok`);
    call.wentWell = true;
    return result;
  } catch (thrown) {
    if (life.over || (isFrozen(clock, life) && (await thaw(clock, life)))) return forever();
    tally.note(`${name} rejects ${isMoorageError(thrown) ? `${thrown.code}: ${thrown.message}` : String(thrown)}`);
    throw thrown;
  } finally {
    clock.stir();
    if (!life.over) watcher.answered(call);
  }
}

async function effect(watcher: CallWatcher, call: SimCall, args: readonly unknown[], carryOut: CarryOut) {
  const { era } = call.world;
  const result = await carryOut(args);
  // A backup came back at this very moment: what was done is undone.
  return era === call.world.era ? watcher.done(call, result) : result;
}

async function disturbed(call: SimCall, fault: Fault, name: string, carryOut: CarryOut): Promise<unknown> {
  const { world, life, args } = call;
  const { clock, tally } = world;
  if (fault === 'cut') throw failure(name, 'the way is cut off');
  if (fault === 'before') throw failure(name, 'before its effect');
  if (fault === 'late') await sleep(clock, Math.floor(tally.random.next() * longestDelayMs));
  // The request had been sent: whoever gives it up does not take it back.
  else if (fault === 'ghost') return ghost(call, name, carryOut);
  else if (fault === 'hang') return hang(call, name, carryOut);
  if (life.over) return forever();
  const result = await carryOut(args);
  if (fault === 'after') throw failure(name, 'after its effect');
  return result;
}

const longestDelayMs = 1_500;
const longestHangMs = 120_000;

async function ghost(call: SimCall, name: string, carryOut: CarryOut): Promise<unknown> {
  const { world, args } = call;
  await sleep(world.clock, Math.floor(world.tally.random.next() * longestDelayMs));
  call.ghost = signalOf(args)?.aborted === true || call.life.over;
  if (call.ghost) world.tally.note(`${name} has its effect though it was given up`);
  return carryOut(withoutSignal(args));
}

/** Never answers by itself; in one of three cases what was asked for is done all the same. */
async function hang(call: SimCall, name: string, carryOut: CarryOut): Promise<never> {
  const { world, args } = call;
  world.tally.note(`${name} hangs`);
  call.ghost = true;
  if (world.tally.random.next() < 0.33) await carryOut(withoutSignal(args)).catch(() => undefined);
  const ms = Math.floor(world.tally.random.next() * longestHangMs);
  await new Promise<void>((resolve) => {
    const cancel = world.clock.setTimer(ms, resolve);
    signalOf(args)?.addEventListener('abort', () => {
      cancel();
      resolve();
    });
    world.hanging.add(resolve);
  });
  throw failure(name, 'the connection is lost');
}

function die(world: SimWorld, life: Life, name: string): Promise<never> {
  world.tally.note(`${name} is the last that it does`);
  world.kill(life);
  return forever();
}

function failure(name: string, when: string): MoorageError {
  return new MoorageError('unavailable', `A simulated fault: ${name}: ${when}`);
}

type Fault = 'none' | 'before' | 'after' | 'late' | 'ghost' | 'hang' | 'cut' | 'crash-before' | 'crash-after';

function chooseFault({ world, life, kind }: DisturbOptions, key: string): Fault {
  const { tally, clock } = world;
  const draw = tally.random.next();
  if (tally.rate === 0) return 'none';
  const crash = world.crashNow();
  if (crash) return draw < 0.5 ? 'crash-before' : 'crash-after';
  const now = clock.monotonic();
  if (kind === 'store' ? now < life.storeCutUntil || now < world.storeDownUntil : now < life.engineCutUntil)
    return 'cut';
  if (draw >= tally.rate) return 'none';
  return pickFault(tally.random, kind, key);
}

function pickFault(random: Random, kind: 'driver' | 'store', key: string): Fault {
  const choice = random.next();
  if (choice < 0.35) return 'before';
  if (choice < 0.65) return 'after';
  if (choice < 0.8) return 'late';
  // A store bounds its own statements; only an engine may never answer.
  if (kind === 'store' || key === 'list' || key === 'describe') return 'late';
  return choice < 0.92 ? 'ghost' : 'hang';
}

function subjectOf(args: readonly unknown[]): string {
  const [first] = args;
  if (typeof first === 'string') return first;
  if (typeof first !== 'object' || first === null) return '';
  const record = first as { readonly name?: unknown; readonly deploymentId?: unknown };
  return String(record.name ?? record.deploymentId ?? '');
}

export function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  const last = args.at(-1);
  return typeof last === 'object' && last !== null && 'signal' in last ? (last.signal as AbortSignal) : undefined;
}

function withoutSignal(args: readonly unknown[]): readonly unknown[] {
  const last = args.at(-1);
  if (signalOf(args) === undefined) return args;
  return [...args.slice(0, -1), { ...(last as object), signal: new AbortController().signal }];
}

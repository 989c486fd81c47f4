import assert from 'node:assert/strict';
import type { LogLine } from '../model/incident.js';
import type { ObservedInstance } from '../model/instance.js';
import type { LogsCall } from '../ports/driver.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

/** `logs`, or that there are none. */
export function logsCases(suite: ConformanceSuite): void {
  suite.group('logs', () => {
    readingCases(suite);
    followingCases(suite);
    byteCases(suite);
  });
}

/** A case of a driver with logs; of one without, that the method is absent. */
function logsCase(
  { test }: ConformanceSuite,
  name: string,
  body: (rig: ConformanceRig, logs: Logs) => Promise<void>,
): void {
  test(name, async (rig) => {
    if (!rig.driver.capabilities.logs) {
      assert.equal(rig.driver.logs, undefined, 'a driver without logs has no method for them');
      return;
    }
    await body(rig, (name, options) => {
      const lines = rig.driver.logs?.(name, rig.logsCall(options));
      assert.ok(lines);
      return lines;
    });
  });
}

type Logs = (name: string, options?: Partial<LogsCall>) => AsyncIterable<LogLine>;

function readingCases(suite: ConformanceSuite): void {
  logsCase(suite, 'tell both streams apart, with the instance, and the time where it is known', async (rig, logs) => {
    const instance = await rig.serve();
    await say(rig, instance, 'to out', 'stdout');
    await say(rig, instance, 'to err', 'stderr');
    const lines = await untilLines(rig, logs, instance.name, ['to out', 'to err']);
    const byText = new Map(lines.map((line) => [line.text, line]));
    assert.equal(byText.get('to out')?.stream, 'stdout');
    assert.equal(byText.get('to err')?.stream, rig.harness.tellsStreams === false ? 'stdout' : 'stderr');
    for (const line of lines) assert.equal(line.instance, instance.name);
    assert.equal(typeof byText.get('to out')?.at, 'number');
  });

  logsCase(suite, 'come oldest first, whole, every time again, and can be cut to the last lines', async (rig, logs) => {
    const { name } = await rig.serve({ program: 'chatty' });
    await untilLines(rig, logs, name, ['line 200']);
    const wanted = Array.from({ length: 200 }, (_, index) => `line ${index + 1}`);
    assert.deepEqual(await numbered(logs(name)), wanted);
    assert.deepEqual(await numbered(logs(name)), wanted);
    assert.deepEqual(await numbered(logs(name, { tail: 3 })), ['line 198', 'line 199', 'line 200']);
    assert.deepEqual(await numbered(logs(name, { tail: 0 })), []);
    assert.deepEqual(await numbered(logs(name, { tail: 10_000 })), wanted);
  });

  logsCase(suite, 'can begin at a time', async (rig, logs) => {
    const instance = await rig.serve();
    await say(rig, instance, 'early');
    const [early] = (await untilLines(rig, logs, instance.name, ['early'])).filter(({ text }) => text === 'early');
    const late = await rig.eventually('a line of a later time', async () => {
      await say(rig, instance, 'late');
      return (await collect(logs(instance.name))).find(
        ({ text, at }) => text === 'late' && (at ?? 0) > (early?.at ?? Number.POSITIVE_INFINITY),
      );
    });
    const since = texts(await collect(logs(instance.name, { since: late.at })));
    assert.ok(since.includes('late'), 'a line of that very time is in');
    assert.ok(!since.includes('early'), 'an earlier one is not');
  });

  logsCase(suite, 'of an unknown instance are not_found', async (rig, logs) => {
    await expectError(collect(logs((await rig.spec()).name)), 'not_found');
  });

  logsCase(suite, "of another owner's instance are not_found", async (rig, logs) => {
    const theirs = await rig.run({ owner: rig.anotherOwner() });
    await expectError(collect(logs(theirs.name)), 'not_found');
  });

  logsCase(suite, 'are cancelled when the signal is aborted already', async (rig, logs) => {
    const { name } = await rig.run();
    const outcome = await collect(logs(name, { signal: AbortSignal.abort() })).catch((error: unknown) => error);
    if (Array.isArray(outcome)) assert.deepEqual(outcome, []);
    else await expectError(Promise.reject(outcome), 'cancelled', 'timeout');
  });
}

function followingCases(suite: ConformanceSuite): void {
  logsCase(suite, 'deliver to a follower what is written later, until its signal aborts', async (rig, logs) => {
    const instance = await rig.serve();
    await say(rig, instance, 'before');
    await untilLines(rig, logs, instance.name, ['before']);
    const reader = follow(rig, logs, instance.name);
    await rig.eventually('the first line', async () => reader.seen.includes('before'));
    await say(rig, instance, 'after', 'stderr');
    await rig.eventually('the line that was written later', async () => reader.seen.includes('after'));
    await reader.stop();
    assert.equal(reader.seen.filter((text) => text === 'before').length, 1, 'no line twice');
  });

  logsCase(suite, 'deliver to a follower without history only what is new', async (rig, logs) => {
    const instance = await rig.serve();
    await say(rig, instance, 'old');
    await untilLines(rig, logs, instance.name, ['old']);
    const reader = follow(rig, logs, instance.name, { tail: 0 });
    // Whether the follower is connected already cannot be seen: so more is said until it hears.
    await rig.eventually('a new line', async () => {
      await say(rig, instance, 'new');
      return reader.seen.includes('new');
    });
    await reader.stop();
    assert.ok(!reader.seen.includes('old'));
  });

  logsCase(suite, 'end for a follower that has read enough', async (rig, logs) => {
    const instance = await rig.serve({ program: 'chatty' });
    for await (const { text } of logs(instance.name, { follow: true })) if (text === 'line 3') break;
    assert.ok(await rig.answers(instance));
  });

  if (suite.level === 'workload') return;

  logsCase(suite, 'end for a follower when the instance ends, with its last words', async (rig, logs) => {
    const instance = await rig.serve();
    const reader = follow(rig, logs, instance.name);
    await say(rig, instance, 'last words');
    await rig.get(instance, '/exit?code=0');
    await rig.eventually('the end of the log', async () => reader.ended());
    await reader.stop();
    assert.ok(reader.seen.includes('last words'));
  });

  logsCase(suite, 'of an ended instance can be read', async (rig, logs) => {
    const spec = await rig.spec({ program: 'exit', env: { LINES: '5' } });
    await rig.container.create(spec, rig.call());
    await rig.until(spec.name, 'ended', ({ state }) => state === 'exited');
    await untilLines(rig, logs, spec.name, ['line 5']);
    assert.deepEqual(texts(await collect(logs(spec.name, { follow: true }))).slice(-2), ['line 4', 'line 5']);
  });
}

function byteCases(suite: ConformanceSuite): void {
  logsCase(suite, 'put together characters that arrive in pieces', async (rig, logs) => {
    const instance = await rig.serve();
    const text = 'naïve 漢字 🚢 é';
    const hex = Buffer.from(`${text}\n`).toString('hex');
    await rig.get(instance, `/logbytes?stream=stdout&hex=${hex}`);
    await untilLines(rig, logs, instance.name, [text]);
  });

  logsCase(suite, 'keep the lines of two interleaved streams whole and in order', async (rig, logs) => {
    const instance = await rig.serve();
    const [out, err] = ['ö'.repeat(40), 'ü'.repeat(40)];
    const hexOf = (line: string): string => Buffer.from(`${line} 1\n${line} 2\n`).toString('hex');
    await Promise.all([
      rig.get(instance, `/logbytes?stream=stdout&hex=${hexOf(out)}`),
      rig.get(instance, `/logbytes?stream=stderr&hex=${hexOf(err)}`),
    ]);
    const lines = await untilLines(rig, logs, instance.name, [`${out} 2`, `${err} 2`]);
    const of = (stream: string, text: string): string[] =>
      rig.harness.tellsStreams === false
        ? texts(lines).filter((line) => line.startsWith(text))
        : texts(lines.filter((line) => line.stream === stream)).slice(-2);
    assert.deepEqual(of('stdout', out), [`${out} 1`, `${out} 2`]);
    assert.deepEqual(of('stderr', err), [`${err} 1`, `${err} 2`]);
  });

  logsCase(suite, 'keep empty lines and leave out line ends', async (rig, logs) => {
    const instance = await rig.serve();
    await rig.get(instance, `/logbytes?stream=stdout&hex=${Buffer.from('a\n\nb\r\nc\n').toString('hex')}`);
    const lines = texts(await untilLines(rig, logs, instance.name, ['c']));
    assert.deepEqual(
      lines.slice(-4).map((text) => text.trimEnd()),
      ['a', '', 'b', 'c'],
    );
  });

  if (suite.level === 'workload') return;

  logsCase(suite, 'deliver a last line that has no end', async (rig, logs) => {
    const instance = await rig.serve();
    await rig.get(instance, `/logbytes?stream=stdout&hex=${Buffer.from('unfinished').toString('hex')}`);
    await rig.get(instance, '/exit?code=0');
    await rig.until(instance.name, 'ended', ({ state }) => state === 'exited');
    await untilLines(rig, logs, instance.name, ['unfinished']);
  });
}

function say(rig: ConformanceRig, instance: ObservedInstance, text: string, stream = 'stdout'): Promise<string> {
  return rig.get(instance, `/log?stream=${stream}&text=${encodeURIComponent(text)}`);
}

async function collect(lines: AsyncIterable<LogLine>): Promise<LogLine[]> {
  const all: LogLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text);

async function numbered(lines: AsyncIterable<LogLine>): Promise<string[]> {
  return texts(await collect(lines)).filter((text) => text.startsWith('line '));
}

/** An engine may take a moment to have what an agent wrote. */
function untilLines(rig: ConformanceRig, logs: Logs, name: string, wanted: readonly string[]): Promise<LogLine[]> {
  return rig.eventually(`the lines ${JSON.stringify(wanted)} of "${name}"`, async () => {
    const lines = await collect(logs(name));
    const there = texts(lines);
    return wanted.every((text) => there.includes(text)) && lines;
  });
}

interface Follower {
  readonly seen: readonly string[];
  ended(): boolean;
  /** Aborts; resolves when the iteration is over. */
  stop(): Promise<void>;
}

function follow(rig: ConformanceRig, logs: Logs, name: string, options: Partial<LogsCall> = {}): Follower {
  const controller = new AbortController();
  const seen: string[] = [];
  let over = false;
  const reading = (async () => {
    for await (const { text } of logs(name, { follow: true, signal: controller.signal, ...options })) seen.push(text);
  })().finally(() => {
    over = true;
  });
  // Looked at in stop(); until then a rejection must not count as unhandled.
  reading.catch(() => {});
  return {
    seen,
    ended: () => over,
    async stop() {
      controller.abort();
      await rig.eventually('the end of the iteration after an abort', async () => over);
      await reading.catch((error: unknown) => expectError(Promise.reject(error), 'cancelled', 'timeout'));
    },
  };
}

import { createHash } from 'node:crypto';

/**
 * The program that stands between the host and one agent, and outlives the host: it starts the agent in a process group
 * and session of its own, keeps its output in size-capped files, and writes down how it ended. Plain JavaScript kept as
 * text, so that it runs the same from source and from a build, and keeps running when the package is upgraded under it.
 *
 * It is started with the instance's folder as its argument and reads one JSON document from stdin: what to run with the
 * whole environment, secrets too, which therefore is on no disk and no command line. It writes one line to descriptor 3
 * once the start is written down. SIGUSR2: read `wish.json`. SIGTERM: end the agent, then yourself.
 */
export const shimSource = String.raw`import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';

const folder = process.argv[2];
let input;
let agent;
let agentIdentity;
let startedAt;
let want = 'running';
let ending = false;
let killTimer;
let graceMs = 0;
let begun = false;

process.on('SIGTERM', () => { ending = true; reconcile(); });
process.on('SIGUSR2', () => {
  const wish = readJson(path.join(folder, 'wish.json'));
  if (!wish) return;
  want = wish.want;
  graceMs = wish.graceMs;
  reconcile();
});
for (const signal of ['SIGHUP', 'SIGINT']) process.on(signal, () => {});
process.on('uncaughtException', () => { if (!begun) process.exit(1); });

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (piece) => { text += piece; });
process.stdin.on('error', () => process.exit(1));
process.stdin.on('end', begin);

function begin() {
  // A host that dies while it hands over leaves half a document: nothing is started then.
  try { input = JSON.parse(text); } catch { process.exit(1); }
  text = '';
  graceMs = input.graceMs;
  // A host that died while it handed over may have left us behind, and the name may have been given out anew since.
  if (readJson(path.join(folder, 'spec.json'))?.instanceId !== input.instanceId) process.exit(0);
  if (!takeLock()) process.exit(0);
  // A removal writes its mark first and looks for locks then; we do it the other way round, so one sees the other.
  if (readJson(path.join(folder, 'removing.json'))) process.exit(0);
  openLog();
  setInterval(watchFolder, 10_000);
  begun = true;
  if (input.startNumber > 1) killOrphans();
  start();
}

function identity(pid) {
  if (process.platform === 'linux') {
    const line = fs.readFileSync('/proc/' + pid + '/stat', 'utf8');
    return { pid, start: line.slice(line.lastIndexOf(')') + 2).split(' ')[19], boot: input.boot };
  }
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC0' };
  const answer = spawnSync('ps', ['-p', String(pid), '-o', 'lstart='], { env, encoding: 'utf8' });
  return { pid, start: answer.stdout.trim().replace(/\s+/g, ' '), boot: input.boot };
}

function readJson(file) {
  try { return JSON.parse(fs.readFileSync(file, 'utf8')); } catch { return undefined; }
}

/** One shim for each start: whoever makes the link first is it. */
function takeLock() {
  const lock = path.join(folder, 'lock-' + input.startNumber + '.json');
  const temporary = lock + '.' + process.pid;
  try {
    fs.writeFileSync(temporary, JSON.stringify(identity(process.pid)), { mode: 0o600 });
    fs.linkSync(temporary, lock);
    return true;
  } catch {
    return false;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** The shim of an earlier start may have died between starting its agent and writing that down. */
function killOrphans() {
  if (process.platform !== 'linux') return;
  const mark = 'MOORAGE_INSTANCE_ID=' + input.instanceId;
  for (const pid of fs.readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    try {
      if (fs.readFileSync('/proc/' + pid + '/environ', 'utf8').split('\0').includes(mark)) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or is another user's.
    }
  }
}

function writeStatus(phase, more) {
  const status = { phase, shim: identity(process.pid), agent: agentIdentity, startedAt, ...more };
  const file = path.join(folder, 'status.json');
  try {
    fs.writeFileSync(file + '.tmp', JSON.stringify(status), { mode: 0o600 });
    fs.renameSync(file + '.tmp', file);
  } catch (error) {
    // A full disk: what happened must not be lost, so try until there is room, or the folder is gone.
    if (error.code !== 'ENOENT') return false;
  }
  try { fs.writeFileSync(path.join(input.hints, input.name), String(Date.now())); } catch {}
  return true;
}

function settle(phase, more, then) {
  if (writeStatus(phase, more)) then();
  else setTimeout(settle, 500, phase, more, then);
}

function report() {
  if (input.reported) return;
  input.reported = true;
  try { fs.writeSync(3, 'settled\n'); } catch {}
  try { fs.closeSync(3); } catch {}
}

function start() {
  const failed = (error) => {
    agent = undefined;
    agentIdentity = undefined;
    const why = error.code ?? 'unknown error';
    const message = 'The program could not be started: ' + why;
    const exit = { oom: false, at: Date.now(), message };
    settle('exited', { exit, startError: why }, () => { report(); process.exit(0); });
  };
  try {
    agent = spawn(input.file, input.args, {
      cwd: input.cwd, env: input.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    });
  } catch (error) {
    failed(error);
    return;
  }
  const mine = agent;
  agent.on('error', (error) => { if (mine.pid === undefined) failed(error); });
  if (agent.pid === undefined) return;
  const { pid } = agent;
  try {
    agentIdentity = identity(pid);
  } catch (error) {
    signalGroup(pid, 'SIGKILL');
    failed(error);
    return;
  }
  startedAt = Date.now();
  agent.on('exit', (code, signal) => ended(mine, pid, code, signal));
  collect(agent.stdout, 'o');
  collect(agent.stderr, 'e');
  settle('running', {}, () => { report(); reconcile(); });
}

function ended(child, pid, code, signal) {
  child.ended = true;
  // Like the first process of a container: when it ends, its group ends.
  signalGroup(pid, 'SIGKILL');
  clearTimeout(killTimer);
  killTimer = undefined;
  let done = false;
  const finish = () => {
    if (done) return;
    done = true;
    for (const stream of [child.stdout, child.stderr]) stream.flush();
    agent = undefined;
    agentIdentity = undefined;
    const exit = { code: code ?? undefined, signal: signal ?? undefined, oom: false, at: Date.now() };
    if (want === 'stopped' && !ending) settle('stopped', {}, reconcile);
    else if (want === 'running' && child.asked && !ending) start();
    else settle('exited', { exit }, () => process.exit(0));
  };
  child.on('close', finish);
  // A process that left the group may hold the pipes for ever.
  setTimeout(finish, 1000);
}

function signalGroup(pid, signal) {
  try { process.kill(-pid, signal); } catch {}
}

function reconcile() {
  if (!input) return ending ? process.exit(0) : undefined;
  if (agent?.pid !== undefined) {
    if ((ending || want === 'stopped') && !agent.asked && !agent.ended) askToEnd(agent);
    return;
  }
  if (ending) settle('exited', { exit: { signal: 'SIGTERM', oom: false, at: Date.now() } }, () => process.exit(0));
  else if (want === 'running' && startedAt !== undefined) start();
}

function askToEnd(child) {
  child.asked = true;
  signalGroup(child.pid, 'SIGTERM');
  signalGroup(child.pid, 'SIGCONT');
  // Without a host to wait for it, the end of a removal's grace is the remover's business.
  if (want === 'stopped') killTimer = setTimeout(signalGroup, graceMs, child.pid, 'SIGKILL');
}

let misses = 0;
/** Nobody can find an agent again whose folder was deleted, so after a minute without it the agent ends too. */
function watchFolder() {
  let missing = false;
  try { fs.statSync(path.join(folder, 'spec.json')); } catch (error) { missing = error.code === 'ENOENT'; }
  misses = missing ? misses + 1 : 0;
  if (misses < 6) return;
  if (agent?.pid !== undefined && !agent.ended) signalGroup(agent.pid, 'SIGKILL');
  process.exit(1);
}

const segmentsKept = 4;
const longestLine = 256 * 1024;
let log = { number: 0, fd: undefined, size: 0 };

function openLog() {
  const numbers = fs.readdirSync(folder).map((name) => Number(/^log-(\d+)\.jsonl$/.exec(name)?.[1] ?? 0));
  nextSegment(Math.max(0, ...numbers) + 1);
}

function nextSegment(number) {
  if (log.fd !== undefined) fs.closeSync(log.fd);
  fs.rmSync(path.join(folder, 'log-' + (number - segmentsKept) + '.jsonl'), { force: true });
  log = { number, fd: fs.openSync(path.join(folder, 'log-' + number + '.jsonl'), 'a', 0o600), size: 0 };
}

/** Written at once and synchronously: an agent that writes faster than the disk waits, instead of filling memory. */
function append(stream, lines) {
  const limit = input.logMaxBytes / segmentsKept;
  const t = Date.now();
  let batch = [];
  const flush = () => {
    if (batch.length > 0) fs.writeSync(log.fd, batch.join(''));
    batch = [];
  };
  try {
    for (const x of lines) {
      const row = JSON.stringify({ t, s: stream, x }) + '\n';
      const size = Buffer.byteLength(row);
      if (log.size > 0 && log.size + size > limit) { flush(); nextSegment(log.number + 1); }
      batch.push(row);
      log.size += size;
    }
    flush();
  } catch {
    // A full disk: the lines are lost, the agent goes on.
  }
}

function collect(source, stream) {
  const decoder = new StringDecoder('utf8');
  const longest = Math.min(longestLine, Math.floor(input.logMaxBytes / segmentsKept / 8));
  let rest = '';
  const take = (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    const whole = lines.flatMap((line) => split(line.endsWith('\r') ? line.slice(0, -1) : line, longest));
    if (rest.length > longest) {
      const parts = split(rest, longest);
      rest = parts.pop();
      whole.push(...parts);
    }
    if (whole.length > 0) append(stream, whole);
  };
  source.flush = () => {
    take(decoder.end());
    if (rest !== '') append(stream, [rest]);
    rest = '';
  };
  source.on('data', (chunk) => take(decoder.write(chunk)));
  source.on('error', () => {});
}

function split(line, longest) {
  const parts = [];
  let from = 0;
  while (line.length - from > longest) {
    let to = from + longest;
    const last = line.charCodeAt(to - 1);
    if (last >= 0xd800 && last < 0xdc00) to -= 1;
    parts.push(line.slice(from, to));
    from = to;
  }
  parts.push(line.slice(from));
  return parts;
}
`;

/** Shims of several versions may stand in one state folder; each is named by its content. */
export const shimVersion = createHash('sha256').update(shimSource).digest('hex').slice(0, 12);

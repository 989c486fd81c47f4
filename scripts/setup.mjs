// What `npm start`, `npm test` and `npm run verify` need before they can begin: installed dependencies, a fresh build.
// Does only what is missing; with nothing to do it costs a fraction of a second. Several callers at once are safe.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installedMatchesLock, lockFingerprint, missingOutputs, sourceFingerprint } from './lib/fingerprint.mjs';
import { withLock } from './lib/lock.mjs';
import { exitWith, isMain, npmCommand, run } from './lib/run.mjs';
import { root } from './lib/workspace.mjs';

const installStamp = join(root, 'node_modules/.moorage-setup');
const buildStamp = join(root, 'node_modules/.moorage-build');

const readStamp = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

function writeStamp(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`Moorage needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath})`);
}

const isInstalled = () => existsSync(join(root, 'node_modules')) && readStamp(installStamp) === lockFingerprint(root);
const isBuilt = () => readStamp(buildStamp) === sourceFingerprint(root) && missingOutputs(root).length === 0;

async function install(log) {
  if (isInstalled()) return;
  if (!installedMatchesLock(root)) {
    log('Installing the dependencies (npm); the first time takes a while');
    const fresh = existsSync(join(root, 'package-lock.json')) && !existsSync(join(root, 'node_modules'));
    const [command, ...before] = npmCommand();
    await run('Installing the dependencies', command, [...before, fresh ? 'ci' : 'install', '--no-audit', '--no-fund']);
  }
  writeStamp(installStamp, lockFingerprint(root));
}

async function rebuild(log) {
  if (isBuilt()) return;
  const before = sourceFingerprint(root);
  const { build } = await import('./build.mjs');
  await build(log);
  writeStamp(buildStamp, before);
}

/** Brings node_modules and, unless `build` is false, every dist up to date. `log` gets a line per long step. */
export async function setup(log = (line) => process.stderr.write(`${line}\n`), { build = true } = {}) {
  refuseOldNode();
  if (isInstalled() && (!build || isBuilt())) return;
  const onWait = (pid) => log(`Waiting for another set-up of this folder (process ${pid})`);
  await withLock(
    join(root, '.cache/setup.lock'),
    async () => {
      await install(log);
      if (build) await rebuild(log);
    },
    onWait,
  );
}

if (isMain(import.meta.url)) setup().catch(exitWith);

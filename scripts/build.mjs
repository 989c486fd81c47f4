// Builds every package and every example that has a build: `npm run build`.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { missingOutputs } from './lib/fingerprint.mjs';
import { exitWith, isMain, runNode } from './lib/run.mjs';
import { builtExamples, root, tools, workspacesIn } from './lib/workspace.mjs';

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** Removes what an earlier build left and this one did not make, so that no stale file is ever published. */
function sweep(folder, since) {
  for (const file of filesBelow(join(root, folder, 'dist'))) {
    const source = file.replace(`${join(root, folder, 'dist')}`, join(root, folder, 'src'));
    const declares = /\.d\.ts(\.map)?$/.exec(file);
    const stale = declares
      ? !existsSync(source.replace(/\.d\.ts(\.map)?$/, '.ts'))
      : /\.js(\.map)?$/.test(file) && statSync(file).mtimeMs < since;
    if (stale) rmSync(file);
  }
}

/** Resolves when all is built; rejects with the output of the first step that failed. */
export async function build(log = () => {}) {
  const since = Date.now() - 1000; // file systems round times
  log('Building the packages');
  await runNode('The build of the packages (tsup)', [tools.tsup]);
  for (const { folder } of workspacesIn('packages')) sweep(folder, since);
  const force = missingOutputs(root).some((path) => path.endsWith('.d.ts')) ? ['--force'] : [];
  await runNode('The build of the type declarations (tsc)', [tools.tsc, '-b', 'tsconfig.build.json', ...force]);
  for (const { name, folder } of builtExamples()) {
    log(`Building the example ${name}`);
    await runNode(`The build of ${folder} (tsup)`, [tools.tsup, '--config', `${folder}/tsup.config.ts`]);
  }
  const missing = missingOutputs(root);
  if (missing.length > 0) throw new Error(`The build made no ${missing.join(', ')}: look at "exports" of the package`);
}

if (isMain(import.meta.url)) build((line) => process.stdout.write(`${line}\n`)).catch(exitWith);

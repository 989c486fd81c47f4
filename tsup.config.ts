import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

interface PackageJson {
  readonly exports: Record<string, Record<string, string>>;
}

/** One build per package; the entries are those that its `exports` names under our source condition. */
export default defineConfig(
  readdirSync('packages').map((name) => {
    const folder = `packages/${name}`;
    const { exports } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as PackageJson;
    const entries = Object.values(exports).map((target) => target['@moorage/source'] ?? '');
    return {
      name,
      entry: Object.fromEntries(
        entries.map((path) => [path.replace('./src/', '').replace(/\.ts$/, ''), `${folder}/${path}`]),
      ),
      outDir: `${folder}/dist`,
      format: 'esm' as const,
      target: 'node20',
      platform: 'node' as const,
      dts: false,
      sourcemap: true,
      splitting: true,
      clean: false,
      silent: true,
      external: [/^[^./]/],
    };
  }),
);

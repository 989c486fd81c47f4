import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface PackageJson {
  readonly name: string;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

let folder = '';
let packed: readonly Packed[] = [];
let names: readonly string[] = [];

const npm = (args: readonly string[], cwd: string) =>
  execute('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=5'], {
    cwd,
    maxBuffer: 64 * 1024 * 1024,
  });

const readManifest = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as PackageJson;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moorage-pack-'));
  names = (await readdir(join(root, 'packages'))).sort();
  const workspaces = names.flatMap((name) => ['--workspace', `packages/${name}`]);
  const { stdout } = await npm(['pack', '--json', '--pack-destination', folder, ...workspaces], root);
  // npm 10 and 11 print a list, npm 12 an object by name.
  packed = Object.values(JSON.parse(stdout) as Readonly<Record<string, Packed>>);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it('packs what a user needs, and nothing else', async () => {
  expect(packed.map(({ name }) => name).sort()).toEqual(names.map((name) => `@moorage/${name}`).sort());
  for (const { name, files } of packed) {
    const paths = files.map(({ path }) => path);
    const { exports } = await readManifest(join(root, 'packages', name.replace('@moorage/', ''), 'package.json'));
    const targets = Object.values(exports).flatMap((target) => Object.values(target));
    const wanted = ['README.md', 'LICENSE', 'package.json', ...targets.map((path) => path.replace('./', ''))];
    const missing = wanted.filter((path) => !paths.includes(path));
    expect(missing, `${name} would publish without these`).toEqual([]);
    const known = /^(dist|src)\/|^manifests\/.+\.yaml$|^(README\.md|LICENSE|package\.json)$/;
    const unwanted = paths.filter((path) => !known.test(path) || /\.test\.|tsconfig|tsbuildinfo|\.tgz$/.test(path));
    expect(unwanted, `${name} would publish these`).toEqual([]);
  }
});

const project = () => join(folder, 'project');

const runThere = async (script: string) => {
  const env = { ...process.env, MOORAGE_DRIVER: 'process', MOORAGE_STATE: join(folder, 'state') };
  return (await execute(process.execPath, [script], { cwd: project(), env, timeout: 120_000 })).stdout;
};

it('installs from the tarballs into an empty folder', async () => {
  await mkdir(project());
  await writeFile(
    join(project(), 'package.json'),
    JSON.stringify({ name: 'elsewhere', private: true, type: 'module' }),
  );
  const tarballs = packed.map(({ filename }) => join(folder, filename));
  await npm(['install', '--prefer-offline', ...tarballs], project());
  expect((await readdir(join(project(), 'node_modules/@moorage'))).sort()).toEqual(names);
});

it("runs the example of core's README there", async () => {
  const source = await readFile(join(root, 'examples/embedded/src/memory.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  await writeFile(join(project(), 'memory.js'), outputText);
  const said = await runThere('memory.js');
  expect(said).toContain('agent.greeter is healthy at ');
  expect(said).toContain('deployment-scaled');
});

it('runs the embedded example there, on local processes', async () => {
  for (const part of ['dist', 'src']) {
    await cp(join(root, 'examples/embedded', part), join(project(), 'embedded', part), { recursive: true });
  }
  expect(await runThere('embedded/dist/embedded.js')).toContain('Hello, world!');
});

import { describe, expect, it } from 'vitest';
import { machinePaths, packageProblems } from './lib/tidy-packages.mjs';
import { sourceProblems } from './tidy.mjs';

const messages = (path: string, text: string) => sourceProblems(path, text).map(({ message }) => message);
const lines = (count: number, line: string) => Array.from({ length: count }, () => line).join('\n');

const core = 'packages/core/src/engine/x.ts';
const later = ['TO', 'DO'].join('');

/** Each: the rule, a bad sample, where it stands, what is said of it. */
const badSamples: readonly (readonly [string, string, string, RegExp])[] = [
  ['file length', core, lines(401, 'export const a = 1;'), /401 lines/],
  ['function length', core, `export function long() {\n${lines(70, '  void 0;')}\n}`, /long has 72 lines/],
  ['arrow function length', core, `export const wide = () => {\n${lines(70, '  void 0;')}\n};`, /wide has 72 lines/],
  ['line length', core, `// ${'word '.repeat(30)}`, /columns/],
  ['Date.now', core, 'export const at = Date.now();', /Date\.now: core takes time/],
  ['new Date()', core, 'export const at = new Date();', /new Date\(\)/],
  ['Math.random', core, 'export const dice = Math.random();', /Math\.random/],
  ['setTimeout', core, 'setTimeout(() => {}, 5);', /setTimeout/],
  ['setInterval', core, 'globalThis.setInterval(() => {}, 5);', /setInterval/],
  ['setImmediate', core, 'setImmediate(() => {});', /setImmediate/],
  ['randomUUID', core, "export { randomUUID } from 'node:crypto';", /randomUUID/],
  ['performance.now', core, 'performance.now();', /performance/],
  ['timers module', core, "import { scheduler } from 'node:timers/promises';\nscheduler;", /node:timers/],
  ['any', core, 'export const a: any = 1;', /the type any/],
  ['as any', core, 'export const a = 1 as any;', /the type any/],
  ['ts-ignore', core, '// @ts-ignore\nexport const a = 1;', /hidden/],
  ['only', 'packages/core/src/x.test.ts', "it.only('x', () => {});", /it\.only/],
  ['skip', 'packages/core/src/x.test.ts', "describe.skip('x', () => {});", /describe\.skip/],
  ['note without owner', core, `// ${later}: mend`, /without an owner/],
  ['default export', core, 'export default 5;', /default export/],
  ['default function', core, 'export default function name() {}', /default export/],
  ['class', core, 'export class Thing {}', /class Thing/],
  ['instanceof', core, 'export const f = (e: unknown) => e instanceof MoorageError;', /use isMoorageError/],
  ['core imports a driver', core, "import '@moorage/driver-docker';", /core may not import @moorage\/driver-docker/],
  ['driver imports core', 'packages/driver-x/src/x.ts', "import '@moorage/core';", /only @moorage\/core\/driver/],
  ['store imports driver', 'packages/store-x/src/x.ts', "import '@moorage/core/driver';", /only @moorage\/core\/store/],
  ['protocol imports core', 'packages/protocol/src/x.ts', "export * from '@moorage/core';", /nothing of ours/],
  ['unknown package', 'packages/novel/src/x.ts', "import '@moorage/core';", /not in the table of arrows/],
  ['leaving the package', 'packages/http/src/x.ts', "import '../../core/src/x.js';", /leaves packages\/http/],
  ['model imports engine', 'packages/core/src/model/x.ts', "import '../engine/y.js';", /may not import engine/],
  ['decide imports ports', 'packages/core/src/decide/x.ts', "import '../ports/y.js';", /may not import ports/],
  ['memory imports engine', 'packages/core/src/memory/x.ts', "import '../engine/y.js';", /may not import engine/],
  ['engine imports memory', core, "import '../memory/y.js';", /may not import memory/],
  ['facade imports testing', 'packages/core/src/host.ts', "import './testing/y.js';", /may not import testing/],
  ['decide imports node', 'packages/core/src/decide/x.ts', "import 'node:fs';", /may not import node:fs/],
  ['unknown room', 'packages/core/src/cellar/x.ts', '', /no room cellar/],
  ['asynchronous decision', 'packages/core/src/decide/x.ts', 'export async function f() {}', /synchronous/],
];

describe('tidy', () => {
  it.each(badSamples)('catches: %s', (_rule, path, text, said) => {
    expect(messages(path, text)).toEqual([expect.stringMatching(said)]);
  });

  it('leaves a tidy file alone', () => {
    const text = `import type { Clock } from '../ports/clock.js';
import { decide } from '../decide/x.js';

/** Reads setTimeout: Clock.setTimer stands for it. */
export const read = (clock: Clock, at: number) => decide(clock.now(), new Date(at));
`;
    expect(messages(core, text)).toEqual([]);
  });

  it('lets port implementations, tests and published kits use the real clock', () => {
    const text = 'export const at = Date.now();';
    const paths = ['engine/system-clock.ts', 'engine/x.test.ts', 'testing/wait.ts'];
    expect(paths.flatMap((path) => messages(`packages/core/src/${path}`, text))).toEqual([]);
  });

  it('does not take a group of tests for a long function, nor a link for a long line', () => {
    const group = `describe('x', () => {\n${lines(80, "  it('y', () => {});")}\n});`;
    const link = `// see https://example.com/${'x'.repeat(120)}`;
    expect(messages('packages/core/src/x.test.ts', `${group}\n${link}`)).toEqual([]);
  });

  it('accepts a default export in a config file and a note with an owner', () => {
    const text = `// ${later}(mira): when there are two\nexport default {};`;
    expect(messages('packages/core/tsup.config.ts', text)).toEqual([]);
  });
});

describe('tidy, packages', () => {
  const shared = { version: '1.0.0', license: 'X', type: 'module', engines: { node: '>=20' } };
  const target = { '@moorage/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' };
  const manifest = { ...shared, name: '@moorage/a', description: 'a', sideEffects: false, files: ['dist'] };
  const good = {
    name: 'a',
    folder: 'packages/a',
    manifest: { ...manifest, exports: { '.': target }, dependencies: { '@moorage/b': '1.0.0' } },
    files: ['README.md', 'LICENSE', 'tsconfig.build.json'],
  };
  const said = (change: object, files = good.files) =>
    packageProblems([{ ...good, files, manifest: { ...good.manifest, ...change } }], shared).map((p) => p.message);

  it('accepts a whole package', () => expect(said({})).toEqual([]));

  it.each([
    ['another version', { version: '2.0.0' }, /"version" is not as elsewhere/],
    ['another license', { license: 'Y' }, /"license" is not as elsewhere/],
    ['no description', { description: undefined }, /no "description"/],
    ['another name', { name: 'a' }, /not named/],
    ['conditions in another order', { exports: { '.': { default: 'x', types: 'y' } } }, /needs the conditions/],
    ['another version of ours', { dependencies: { '@moorage/b': '^1.0.0' } }, /must be "1\.0\.0"/],
  ])('catches: %s', (_name, change, message) => expect(said(change)).toEqual([expect.stringMatching(message)]));

  it.each(good.files)('catches a package without %s', (file) => {
    const files = good.files.filter((name) => name !== file);
    expect(said({}, files)).toEqual([expect.stringContaining(`no ${file}`)]);
  });
});

describe('tidy, paths of one machine', () => {
  it.each(['work', 'root', 'farm'])('catches a path below %s', (folder) => {
    expect(machinePaths('docs/x.md', `see ${['', folder, 'main'].join('/')}`)).toHaveLength(1);
  });

  it('leaves other paths alone', () => {
    const text = 'a framework/root/x, docs/work/y and https://example.com/work/z';
    expect(machinePaths('docs/x.md', text)).toEqual([]);
  });
});

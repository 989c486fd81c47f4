import { describe, expect, it } from 'vitest';
import { safeParse } from 'zod';
import { fullManifest, locate, manifestFields, patternOf, setAt } from '../test/full-manifest.js';
import { isMoorageError, type MoorageError } from './errors.js';
import { type FieldIssue, fieldPath } from './field-issue.js';
import { manifestHints } from './manifest-hints.js';
import { parseManifest } from './parse-manifest.js';

const minimal = { agent_id: 'agent.a', name: 'A', version: '1.0.0' };

function refusalOf(input: unknown): MoorageError {
  try {
    parseManifest(input);
  } catch (thrown) {
    if (isMoorageError(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('The manifest was accepted');
}

const issuesOf = (error: MoorageError) => error.context.issues as readonly FieldIssue[];

/** The full manifest with one value changed. */
function changed(path: string, value: unknown): unknown {
  const manifest = fullManifest();
  const parts = path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  setAt(manifest, parts, value);
  return manifest;
}

describe('a full manifest', { timeout: 60_000 }, () => {
  it('is accepted as it is, without a warning', () => {
    const { manifest, warnings } = parseManifest(fullManifest());
    expect(manifest).toEqual(fullManifest());
    expect(warnings).toEqual([]);
  });

  it('uses every field of the schema but the one that excludes another', () => {
    const manifest = fullManifest();
    // `outputs` is given as a JSON Schema here and `inputs` as a list, so that both forms are read.
    const absent = manifestFields().filter(({ path }) => !locate(manifest, path) && path[0] !== 'outputs');
    expect(absent.map(({ path }) => patternOf(path))).toEqual(['runtime.memory_mb']);
  });

  it('is read from a copy: the input and the result share nothing', () => {
    const input = fullManifest();
    const { manifest } = parseManifest(input);
    (manifest.runtime as { port: number }).port = 1;
    expect(input).toEqual(fullManifest());
  });

  it('has three required fields only', () => {
    expect(parseManifest(minimal)).toEqual({ manifest: minimal, warnings: [] });
  });
});

describe('each field wrong in turn', { timeout: 60_000 }, () => {
  const wrongValues = [12_345.5, 'no such: value\0', true, [], {}];
  const fields = manifestFields().filter(({ path }) =>
    locate({ ...fullManifest(), outputs: fullManifest().inputs }, path),
  );

  it.each(fields.map((field) => ({ field, pattern: patternOf(field.path) })))('$pattern', ({ field, pattern }) => {
    const manifest = fullManifest();
    if (pattern.startsWith('outputs')) manifest.outputs = fullManifest().inputs;
    const path = locate(manifest, field.path) ?? [];
    const wrong = wrongValues.find((value) => !safeParse(field.schema, value).success);
    // Where any text or list will do, one that is too long is wrong.
    const value = wrong ?? 'x'.repeat(200_000);
    setAt(manifest, path, value);
    const error = refusalOf(manifest);
    const name = fieldPath(path);
    expect(error.code).toBe('invalid_argument');
    expect(error.message.startsWith(`Cannot accept the manifest: ${name}`)).toBe(true);
    expect(manifestHints[pattern]).toBeTypeOf('string');
    expect(error.message).toContain(`Way out: ${manifestHints[pattern]}`);
    expect(issuesOf(error)[0]).toMatchObject({ field: name, fix: manifestHints[pattern] });
  });

  it.each(['agent_id', 'name', 'version'])('%s missing', (field) => {
    const error = refusalOf({ ...minimal, [field]: undefined });
    expect(error.message).toContain(`${field} is missing`);
    expect(error.message).toContain(manifestHints[field]);
  });

  it.each([
    ['agent_id', 'agent..x', 'agent_id is "agent..x"'],
    ['agent_id', 'a'.repeat(254), 'at most 253 characters'],
    ['name', '', 'at least 1 characters'],
    ['name', 'n'.repeat(301), 'at most 300 characters'],
    ['version', 'v1', 'version is "v1"'],
    ['version', '1.02.0', 'version is "1.02.0"'],
    ['status', 'running', 'one of "draft", "active"'],
    ['desires.profile.0.weight', 1.5, 'at most 1'],
    ['authentication.provider_url', 'login', 'must be a URL'],
    ['runtime.port', 70_000, 'runtime.port is 70000, but must be at most 65535'],
    ['runtime.port', 0, 'at least 1'],
    ['runtime.port', 80.5, 'a whole number'],
    ['runtime.port', '80', 'runtime.port is "80", but must be a number'],
    ['runtime.health_path', 'health', 'runtime.health_path is "health"'],
    ['runtime.env.0.name', '1X', 'runtime.env[0].name is "1X"'],
    ['runtime.resources.cpu', '', 'runtime.resources.cpu'],
    ['runtime.resources.cpu', '0.0001', 'runtime.resources.cpu is "0.0001"'],
    ['runtime.resources.cpu', '2 cores', 'runtime.resources.cpu is "2 cores"'],
    ['runtime.resources.memory', '512MB', 'runtime.resources.memory is "512MB"'],
    ['runtime.resources.disk', '-1Gi', 'runtime.resources.disk is "-1Gi"'],
    ['runtime.resources.pids', 0, 'runtime.resources.pids is 0'],
    ['runtime.probes.degraded_load', 2, 'at most 1'],
    ['runtime.scaling.min', 6, 'runtime.scaling.min is 6, but must be at most runtime.scaling.max, which is 5'],
    ['runtime.scaling.targets.1.value', 1.5, 'runtime.scaling.targets[1].value is 1.5, but must be at most 1'],
    [
      'runtime.scaling.targets.1.metric',
      'cpu',
      'runtime.scaling.targets[1].metric is "cpu", but runtime.scaling.targets[0]',
    ],
    ['runtime.probes.timeout_ms', 10_000, 'runtime.probes.timeout_ms is 10000, but must be below'],
    ['runtime.probes.interval_ms', 2_000, 'runtime.probes.timeout_ms is 2000, but must be below'],
    ['runtime.memory_mb', 512, 'runtime.memory_mb is 512, but runtime.resources.memory is "512Mi" beside it'],
    ['runtime.env.1.name', 'MODE', 'runtime.env[1].name is "MODE", but runtime.env[0] has it already'],
    ['runtime.state.volumes.0.name', 'Data', 'runtime.state.volumes[0].name is "Data"'],
    ['runtime.state.volumes.0.path', 'data', 'runtime.state.volumes[0].path is "data"'],
    ['runtime.user', 'root', 'runtime.user is "root"'],
    ['authority.oversight.independent', false, 'authority.oversight.independent is false, but must be true'],
    ['authority.oversight.independent', undefined, 'authority.oversight.independent is missing, but must be true'],
    [
      'authority.oversight',
      { type: 'agent', id: 'agent.marketplace.orchestrator', independent: true },
      'cannot oversee',
    ],
  ])('%s = %j', (path, value, part) => {
    expect(refusalOf(changed(path, value)).message).toContain(part);
  });

  it('lists all that is wrong, and counts the rest in the message', () => {
    const error = refusalOf({ ...minimal, version: 'x', runtime: { port: 0, image: '' } });
    expect(issuesOf(error).map(({ field }) => field)).toEqual(['version', 'runtime.image', 'runtime.port']);
    expect(error.message).toMatch(/\(and 2 more problems\)$/);
  });

  it('never repeats the value of a variable, which may be a secret', () => {
    const error = refusalOf(changed('runtime.env.1.value', 4_711_081_5));
    expect(JSON.stringify([error.message, error.context])).not.toContain('47110815');
    expect(error.message).toContain('runtime.env[1].value');
  });
});

describe('unknown keys', { timeout: 60_000 }, () => {
  it.each(['resources', 'probes', 'scaling', 'network', 'state', 'build'])('are refused in runtime.%s', (block) => {
    const error = refusalOf(changed(`runtime.${block}.surprise`, 1));
    expect(issuesOf(error)[0]?.field).toBe(`runtime.${block}.surprise`);
  });

  it('are refused in the entries of env', () => {
    expect(issuesOf(refusalOf(changed('runtime.env.0.hidden', true)))[0]?.field).toBe('runtime.env[0].hidden');
  });

  it('name the field that was probably meant', () => {
    expect(refusalOf(changed('runtime.resources.memroy', '1Gi')).message).toContain('did you mean "memory"?');
    const { warnings } = parseManifest({ ...minimal, runtime: { imgae: 'x:1', healthPath: '/up' } });
    expect(warnings[0]).toContain('runtime.imgae is no known field and is left out: did you mean "image"?');
    expect(warnings[1]).toContain('did you mean "health_path"?');
  });

  it('are left out elsewhere, with a warning', () => {
    const { manifest, warnings } = parseManifest({ ...minimal, colour: 'blue', tools: [{ name: 't', weird: 1 }] });
    expect(manifest).toEqual({ ...minimal, tools: [{ name: 't' }] });
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual(['colour', 'tools[0].weird']);
  });

  it('are kept with everything in them when they start with x-', () => {
    const runtime = {
      image: 'a:1',
      'x-gpu': { count: 2 },
      resources: { 'x-tier': 'gold' },
      env: [{ name: 'A', value: '', 'x-n': 1 }],
    };
    const input = { ...minimal, 'x-any': [1, { deep: null }], runtime };
    expect(parseManifest(input)).toEqual({ manifest: input, warnings: [] });
  });
});

describe('warnings', { timeout: 60_000 }, () => {
  it.each([
    [{ desires: { profile: [{ id: 'speed', weight: 0.5 }] } }, 'weights that sum to 0.5'],
    [{ ethics: { hard_constraints: ['be_kind'] } }, 'ethics.hard_constraints[0] is "be_kind", which nothing enforces'],
    [{ authority: { instruction: { type: 'agent', id: 'a' } } }, 'authority.oversight is missing'],
    [{ runtime: { env: [{ name: 'PORT', value: '1' }] } }, 'runtime.env[0].name is "PORT"'],
  ])('%j', (part, warning) => {
    const { warnings } = parseManifest({ ...minimal, ...part });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(warning);
  });

  it('forgives the rounding of weights', () => {
    const profile = Array.from({ length: 10 }, (_, index) => ({ id: `d${index}`, weight: 0.1 }));
    expect(parseManifest({ ...minimal, desires: { profile } }).warnings).toEqual([]);
  });
});

describe('hostile input', { timeout: 60_000 }, () => {
  it.each([[undefined], [null], ['text'], [5], [[]], [() => {}]])('%s is no manifest', (input) => {
    expect(refusalOf(input).message).toContain('manifest is ');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('the key %s is refused wherever it stands', (key) => {
    const evil = JSON.parse(`{"x-a": {"b": [{"${key}": {"polluted": true}}]}}`) as object;
    const error = refusalOf({ ...minimal, ...evil });
    expect(error.context.field).toBe(`x-a.b[0].${key}`);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('nesting beyond 64 levels is refused, a cycle too', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
    expect(parseManifest({ ...minimal, 'x-a': nested(63) }).warnings).toEqual([]);
    expect(refusalOf({ ...minimal, 'x-a': nested(64) }).message).toContain('at most 64 levels deep');
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(refusalOf({ ...minimal, 'x-a': cycle }).message).toContain('at most 64 levels deep');
  });

  it('more than 1 MiB is refused, also when the same part is used again and again', () => {
    expect(refusalOf({ ...minimal, 'x-a': 'x'.repeat(1_048_577) }).message).toContain('at most 1048576 bytes');
    expect(refusalOf({ ...minimal, 'x-a': 'ü'.repeat(600_000) }).message).toContain('at most 1048576 bytes');
    let bomb: unknown = 'boom';
    for (let index = 0; index < 40; index += 1) bomb = [bomb, bomb];
    expect(refusalOf({ ...minimal, 'x-a': bomb }).message).toContain('at most 1048576 bytes');
  });

  it.each([[Number.NaN], [new Date(0)], [new Map()], [1n], [Symbol('s')]])('%s is not JSON', (value) => {
    expect(refusalOf({ ...minimal, 'x-a': value }).context.field).toBe('x-a');
  });

  it('tells at most 100 problems', () => {
    const env = Array.from({ length: 500 }, () => ({ name: '', value: '' }));
    expect(issuesOf(refusalOf({ ...minimal, runtime: { env } }))).toHaveLength(100);
  });
});

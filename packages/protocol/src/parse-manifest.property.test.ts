import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullManifest, manifestFields, patternOf } from '../test/full-manifest.js';
import { isMoorageError } from './errors.js';
import { parseManifest } from './parse-manifest.js';

const settings = { seed: 20_261, numRuns: 300 };

const word = fc.stringMatching(/^[a-z]{1,12}$/);
const json = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => !/"(__proto__|constructor|prototype)"/.test(JSON.stringify(value)));
const extensions = fc.dictionary(
  word.map((text) => `x-${text}`),
  json,
  { maxKeys: 3 },
);
const optional = { requiredKeys: [] };

const resources = fc.record(
  {
    cpu: fc.oneof(
      fc.integer({ min: 1, max: 64_000 }).map((millis) => `${millis}m`),
      fc.integer({ min: 1, max: 64 }),
    ),
    memory: fc
      .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom('Mi', 'Gi', 'M', 'k'))
      .map((parts) => parts.join('')),
    pids: fc.integer({ min: 1, max: 100_000 }),
  },
  optional,
);

const runtime = fc
  .tuple(
    fc.record(
      {
        image: fc.string({ minLength: 1, maxLength: 40 }),
        port: fc.integer({ min: 1, max: 65_535 }),
        command: fc.array(fc.string({ maxLength: 20 }), { maxLength: 4 }),
        env: fc.uniqueArray(fc.record({ name: word, value: fc.string() }), {
          selector: ({ name }) => name,
          maxLength: 4,
        }),
        resources: fc.tuple(resources, extensions).map(([own, extra]) => ({ ...own, ...extra })),
        scaling: fc
          .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 90 }))
          .map(([min, more]) => ({ min, max: min + more })),
      },
      optional,
    ),
    extensions,
  )
  .map(([own, extra]) => ({ ...own, ...extra }));

const manifests = fc
  .tuple(
    fc.record(
      {
        agent_id: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('.')),
        name: fc.string({ minLength: 1, maxLength: 300 }),
        version: fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((parts) => parts.join('.')),
        capabilities: fc.array(fc.oneof(word, fc.record({ name: word, level: fc.nat() })), { maxLength: 4 }),
        tools: fc.array(fc.record({ name: word, input_schema: fc.dictionary(word, json) }), { maxLength: 3 }),
        runtime,
      },
      { requiredKeys: ['agent_id', 'name', 'version'] },
    ),
    extensions,
  )
  .map(([own, extra]) => ({ ...own, ...extra }));

/** As it looks after a journey over the wire. */
const overTheWire = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('any good manifest', { timeout: 60_000 }, () => {
  it('comes out as it went in, and so again from its own result', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        const first = parseManifest(manifest);
        expect(overTheWire(first.manifest)).toEqual(overTheWire(manifest));
        expect(parseManifest(overTheWire(first.manifest))).toEqual({
          manifest: overTheWire(manifest),
          warnings: first.warnings,
        });
      }),
      settings,
    );
  });
});

describe('any JSON at all', { timeout: 60_000 }, () => {
  it('is read, or refused as invalid_argument with a field and a way out', () => {
    const keys = manifestFields().flatMap(({ path }) => path.filter((part) => part !== '[]'));
    const key = fc.oneof(fc.constantFrom(...keys), word);
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('value'), { maxLength: 3 }),
      object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    })).object;
    fc.assert(
      fc.property(anything, fc.boolean(), (part, onTop) => {
        const input = onTop ? { ...fullManifest(), ...(part as object) } : part;
        try {
          const { manifest } = parseManifest(input);
          expect(parseManifest(manifest).manifest).toEqual(manifest);
        } catch (thrown) {
          if (!isMoorageError(thrown)) throw thrown;
          expect(thrown.code).toBe('invalid_argument');
          const issues = thrown.context.issues as { field: string; fix: string }[];
          expect(issues.length).toBeGreaterThan(0);
          expect(issues.every(({ field, fix }) => field !== '' && fix !== '')).toBe(true);
        }
      }),
      settings,
    );
  });

  it('names fields by paths that the hints know', () => {
    expect(new Set(manifestFields().map(({ path }) => patternOf(path))).size).toBeGreaterThan(90);
  });
});

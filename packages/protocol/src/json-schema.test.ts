import { describe, expect, it } from 'vitest';
import { fromJSONSchema } from 'zod';
import { fullManifest } from '../test/full-manifest.js';
import { manifestJsonSchema } from './json-schema.js';

const schema = manifestJsonSchema();
/** Read back from the published form only: nothing of the original schema takes part. */
const published = fromJSONSchema(JSON.parse(JSON.stringify(schema)) as Parameters<typeof fromJSONSchema>[0]);

describe('manifestJsonSchema', () => {
  it('is plain JSON with an id and a title', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'urn:moorage:manifest:1',
      title: 'Moorage agent manifest',
      required: ['agent_id', 'name', 'version'],
    });
  });

  it('accepts the manifest that uses every field', () => {
    expect(published.safeParse(fullManifest())).toMatchObject({ success: true });
  });

  it.each([
    [{ agent_id: 'a..b' }],
    [{ version: '1' }],
    [{ runtime: { port: 0 } }],
    [{ runtime: { env: [{ name: '1', value: '' }] } }],
    [{ tools: [{}] }],
  ])('refuses %j', (part) => {
    expect(published.safeParse({ ...fullManifest(), ...part }).success).toBe(false);
  });

  it('closes the strict blocks, but for keys that start with x-', () => {
    const runtime = (schema.properties as Record<string, { properties: Record<string, unknown> }>).runtime;
    expect(runtime?.properties.resources).toMatchObject({
      additionalProperties: false,
      patternProperties: { '^x-': {} },
    });
  });
});

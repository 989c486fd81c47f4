import { z } from 'zod';
import { manifestSchema } from './manifest.js';

/**
 * The manifest as a JSON Schema (2020-12), for editors and other languages. It says what one field may be; rules over
 * several fields, quantities among them, are `parseManifest`'s.
 */
export function manifestJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(manifestSchema, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      // Keys of the author's own may stand in every block, closed ones too.
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { '^x-': {} };
    },
  });
  return { ...schema, $id: 'urn:moorage:manifest:1', title: 'Moorage agent manifest' };
}

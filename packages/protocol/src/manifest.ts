import { z } from 'zod';
import { runtimeSchema } from './manifest-runtime.js';

/** Life stages an agent may declare; `inactive` is read as well. */
export const manifestStatuses = ['draft', 'active', 'paused', 'deprecated', 'retired', 'inactive'] as const;

const text = (max: number) => z.string().min(1).max(max);
const jsonSchema = z.union([z.record(z.string(), z.unknown()), z.boolean()]);

const fieldSchema = z.looseObject({
  name: text(128),
  type: text(64),
  required: z.boolean().optional(),
  description: z.string().max(4096).optional(),
});

/** A list of fields, or a JSON Schema. */
const fieldsSchema = z.union([z.array(fieldSchema).max(256), z.record(z.string(), z.unknown())]);

/** `agent_id`: dotted words of letters, digits, `-` and `_`. */
export const agentIdPattern = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)*$/;

/** Semantic Versioning 2.0.0, section 2 and 9 to 11. */
export const versionPattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/**
 * What an agent says of itself: one JSON document. Read it with `parseManifest`, which also judges unknown keys and
 * rules over several fields.
 */
export const manifestSchema = z.looseObject({
  agent_id: z.string().max(253).regex(agentIdPattern),
  name: text(300),
  version: z.string().max(128).regex(versionPattern),
  status: z.enum(manifestStatuses).optional(),
  description: z.string().max(16384).optional(),
  capabilities: z
    .array(
      z.union([text(128), z.looseObject({ name: text(128), level: z.union([z.string(), z.number()]).optional() })]),
    )
    .max(256)
    .optional(),
  ethics: z
    .looseObject({ framework: z.string().optional(), hard_constraints: z.array(text(128)).max(64).optional() })
    .optional(),
  desires: z
    .looseObject({ profile: z.array(z.looseObject({ id: text(128), weight: z.number().min(0).max(1) })).max(64) })
    .optional(),
  tools: z
    .array(
      z.looseObject({
        name: text(128),
        description: z.string().max(4096).optional(),
        category: z.string().max(128).optional(),
        input_schema: jsonSchema.optional(),
        output_schema: jsonSchema.optional(),
      }),
    )
    .max(256)
    .optional(),
  authority: z
    .looseObject({
      instruction: z.looseObject({ type: text(64), id: text(300) }).optional(),
      oversight: z.looseObject({ type: text(64), id: text(300), independent: z.boolean().optional() }).optional(),
    })
    .optional(),
  authentication: z
    .looseObject({
      required: z.boolean().optional(),
      provider: z.string().max(128).optional(),
      provider_url: z.url().optional(),
      roles_required: z.array(text(128)).max(64).optional(),
      scopes_required: z.array(text(128)).max(64).optional(),
    })
    .optional(),
  runtime: runtimeSchema.optional(),
  inputs: fieldsSchema.optional(),
  outputs: fieldsSchema.optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

import {
  type ActionName,
  type ActionRow,
  actionNames,
  actions,
  endpoints,
  errorBodySchema,
  errorTable,
} from '@moorage/protocol';
import { z } from 'zod';
import { version } from './version.js';

type Schema = Record<string, unknown>;

/** The OpenAPI 3.1 description of the API, made from the action table. */
export function openApi(url: string): Schema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const name of actionNames) {
    const row: ActionRow = actions[name];
    const path = row.rest.path.replace(/:([a-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [row.rest.method.toLowerCase()]: operation(name, row) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Moorage', version, description: 'Hosts AI agents: the control interface of one host.' },
    servers: [{ url }],
    security: [{ bearer: [] }],
    paths: { ...paths, ...otherPaths },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: jsonSchema(errorBodySchema, 'output') },
      responses: { Failure: failureResponse },
    },
  };
}

function operation(name: ActionName, row: ActionRow): Schema {
  const schema = jsonSchema(row.params, 'input');
  const inPath = [...row.rest.path.matchAll(/:([a-z_]+)/g)].map((match) => match[1] ?? '');
  const hasBody = row.rest.method === 'POST' || row.rest.method === 'PUT';
  return {
    operationId: name,
    summary: row.description,
    tags: [row.category],
    parameters: [
      ...inPath.map((key) => ({ name: key, in: 'path', required: true, schema: propertyOf(schema, key) })),
      ...(hasBody ? [] : queryParameters(schema, inPath)),
      ...(name === 'create_container' ? createHeaders : []),
    ],
    ...(hasBody ? { requestBody: { content: json(withoutKeys(schema, inPath)) } } : {}),
    responses: {
      [row.rest.successStatus]: {
        description: 'Done',
        content: json({
          type: 'object',
          required: ['success', 'data'],
          properties: { success: { const: true }, data: jsonSchema(row.result, 'output') },
        }),
      },
      default: { $ref: '#/components/responses/Failure' },
    },
  };
}

function queryParameters(schema: Schema, without: readonly string[]): Schema[] {
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>)
    .filter(([key]) => !without.includes(key))
    .map(([key, property]) => ({ name: key, in: 'query', required: required.includes(key), schema: property }));
}

function propertyOf(schema: Schema, key: string): unknown {
  return ((schema.properties ?? {}) as Record<string, unknown>)[key] ?? { type: 'string' };
}

/** What stands in the path is not asked for again in the body. */
function withoutKeys(schema: Schema, keys: readonly string[]): Schema {
  if (keys.length === 0 || schema.properties === undefined) return schema;
  const left = Object.entries(schema.properties as Schema).filter(([key]) => !keys.includes(key));
  const required = ((schema.required ?? []) as readonly string[]).filter((key) => !keys.includes(key));
  const { required: _, ...rest } = schema;
  return { ...rest, properties: Object.fromEntries(left), ...(required.length === 0 ? {} : { required }) };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' });
  return rest;
}

const json = (schema: Schema) => ({ 'application/json': { schema } });

const failureResponse = {
  description: `Refused or failed; the code says how: ${Object.entries(errorTable)
    .map(([code, { http }]) => `${code} ${http}`)
    .join(', ')}`,
  content: json({
    type: 'object',
    required: ['success', 'error'],
    properties: { success: { const: false }, error: { $ref: '#/components/schemas/Error' } },
  }),
};

const createHeaders = [
  {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same key and the same request again give the same container',
    schema: { type: 'string', maxLength: 255 },
  },
  {
    name: 'Prefer',
    in: 'header',
    description: '`respond-async` answers 202 at once, `wait=<seconds>` after so long',
    schema: { type: 'string' },
  },
];

const plain = (summary: string, type: string, extra: Schema = {}) => ({
  get: { summary, tags: ['host'], responses: { 200: { description: 'Done', content: { [type]: {} } } }, ...extra },
});

const cursorParameters = [
  { name: 'after', in: 'query', description: 'Cursor of the last event seen, or "start"', schema: { type: 'string' } },
  { name: 'customer_id', in: 'query', schema: { type: 'string' } },
  { name: 'container_id', in: 'query', schema: { type: 'string' } },
];

const otherPaths = {
  [endpoints.actions]: {
    post: {
      summary: 'Any action, as {id, action, params}; the reply is {id, result} or {id, error}.',
      tags: ['host'],
      requestBody: {
        content: json({
          type: 'object',
          required: ['action'],
          properties: {
            id: { type: ['string', 'integer'] },
            action: { enum: actionNames },
            params: { type: 'object' },
          },
        }),
      },
      responses: { 200: { description: 'Done' }, default: { $ref: '#/components/responses/Failure' } },
    },
  },
  [endpoints.events]: plain('Everything that happens, as server-sent events.', 'text/event-stream', {
    parameters: cursorParameters,
  }),
  [endpoints.live]: plain('Everything that happens, over a WebSocket.', 'application/json', {
    parameters: cursorParameters,
  }),
  [endpoints.manifest]: plain('What the host says of itself.', 'application/json', { security: [] }),
  [endpoints.agentCard]: plain('The host as an A2A agent.', 'application/json', { security: [] }),
  [endpoints.healthz]: plain('Is the host alive?', 'application/json', { security: [] }),
  [endpoints.readyz]: plain('Do its store and its engine answer?', 'application/json', { security: [] }),
  [endpoints.metrics]: plain('Figures for Prometheus.', 'text/plain'),
};

import { z } from 'zod';
import * as params from './action-params.js';
import * as records from './records.js';

/** One row of the action table: the source of REST routes, client, OpenAPI page, MCP tools and A2A skills. */
export interface ActionRow<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly name: string;
  /** What it does, for a person and for a model that picks a tool. */
  readonly description: string;
  readonly category: ActionCategory;
  readonly params: P;
  readonly result: R;
  /** What the caller's token must allow. */
  readonly scope: 'read' | 'manage' | 'usage';
  readonly rest: RestRoute;
  readonly effects: 'read' | 'write';
}

export type ActionCategory = 'container-management' | 'monitoring' | 'registry' | 'auto-scaling' | 'billing';

export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Parts that start with `:` are params of that name; the others go into the query (GET, DELETE) or the body. */
  readonly path: string;
  readonly successStatus: number;
}

type Rest = readonly [method: RestRoute['method'], path: string, successStatus?: number];

function row<N extends string, P extends z.ZodType, R extends z.ZodType>(
  name: N,
  category: ActionCategory,
  [method, path, successStatus = 200]: Rest,
  schemas: { readonly params: P; readonly result: R; readonly scope?: ActionRow['scope'] },
  description: string,
): ActionRow<P, R> & { readonly name: N } {
  const effects = method === 'GET' ? 'read' : 'write';
  const scope = schemas.scope ?? (effects === 'read' ? 'read' : 'manage');
  const { params, result } = schemas;
  return { name, description, category, params, result, scope, rest: { method, path, successStatus }, effects };
}

const container = '/v1/containers/:container_id';
const list = <T extends z.ZodType>(item: T) => z.array(item);
/** Cursor of the next page; null on the last one. */
const next = z.string().nullable();

const changed = { params: params.containerWaitParams, result: records.containerRecordSchema };

/** What is told of a new or changed container: its record, and what the manifest may not have meant. */
export const deployedContainerSchema = records.containerRecordSchema.extend({
  /** False when the same was running already. */
  created: z.boolean(),
  warnings: z.array(z.string()),
});

/** Every action of the control interface, by name. */
export const actions = {
  create_container: row(
    'create_container',
    'container-management',
    ['POST', '/v1/containers', 201],
    { params: params.createContainerParams, result: deployedContainerSchema },
    'Runs an agent for a customer and answers with its address once it is healthy.',
  ),
  list_containers: row(
    'list_containers',
    'container-management',
    ['GET', '/v1/containers'],
    {
      params: params.listContainersParams,
      result: z.object({ containers: list(records.containerRecordSchema), next }),
    },
    'Lists the agents that run, or should, oldest first.',
  ),
  get_container: row(
    'get_container',
    'container-management',
    ['GET', container],
    { params: params.containerParams, result: records.containerRecordSchema },
    'Tells the present state of one agent.',
  ),
  update_container: row(
    'update_container',
    'container-management',
    ['PUT', container],
    { params: params.updateContainerParams, result: deployedContainerSchema },
    'Rolls another manifest or image out, without a gap; goes back if it does not become healthy.',
  ),
  delete_container: row(
    'delete_container',
    'container-management',
    ['DELETE', container],
    { params: params.containerWaitParams, result: z.object({ container_id: z.string(), deleted: z.boolean() }) },
    'Removes an agent and everything of it; `deleted` is false while the last of it is still on its way out.',
  ),
  stop_container: row(
    'stop_container',
    'container-management',
    ['POST', `${container}/stop`],
    changed,
    'Stops an agent and keeps what the engine keeps of a stopped one.',
  ),
  start_container: row(
    'start_container',
    'container-management',
    ['POST', `${container}/start`],
    changed,
    'Starts a stopped agent again, under the same address.',
  ),
  restart_container: row(
    'restart_container',
    'container-management',
    ['POST', `${container}/restart`],
    changed,
    'Replaces every instance, one after the other. Also the way out of a crash loop.',
  ),
  park_container: row(
    'park_container',
    'container-management',
    ['POST', `${container}/park`],
    { params: params.parkContainerParams, result: records.containerRecordSchema },
    'Suspends an agent; `pause` keeps its memory, `stop` its disk.',
  ),
  unpark_container: row(
    'unpark_container',
    'container-management',
    ['POST', `${container}/unpark`],
    changed,
    'Takes a parked agent up again.',
  ),
  health_check: row(
    'health_check',
    'monitoring',
    ['GET', `${container}/health`],
    {
      params: params.containerHistoryParams,
      result: z.object({
        container_id: z.string(),
        /** Of the newest check; null when none was made yet. */
        status: z.enum(['ok', 'error']).nullable(),
        health: z.enum(records.healthStatuses),
        /** Milliseconds. */
        response_time: z.number().nullable(),
        load: z.number().nullable(),
        error_message: z.string().nullable(),
        checked_at: z.iso.datetime().nullable(),
        /** Newest first. */
        checks: list(records.healthCheckRecordSchema),
      }),
    },
    'Tells an agent’s health, with its latest checks.',
  ),
  get_logs: row(
    'get_logs',
    'monitoring',
    ['GET', `${container}/logs`],
    { params: params.logsParams, result: z.object({ container_id: z.string(), logs: list(records.logRecordSchema) }) },
    'Reads what an agent wrote, oldest first.',
  ),
  get_usage: row(
    'get_usage',
    'monitoring',
    ['GET', `${container}/usage`],
    {
      params: params.containerParams,
      result: z.object({ container_id: z.string(), samples: list(records.resourceSampleRecordSchema) }),
    },
    'Measures CPU, memory, disk and network of every instance now.',
  ),
  list_incidents: row(
    'list_incidents',
    'monitoring',
    ['GET', `${container}/incidents`],
    {
      params: params.containerHistoryParams,
      result: z.object({ container_id: z.string(), incidents: list(records.incidentRecordSchema) }),
    },
    'Tells why instances ended, newest first, with their last log lines.',
  ),
  list_instances: row(
    'list_instances',
    'monitoring',
    ['GET', `${container}/instances`],
    {
      params: params.containerParams,
      result: z.object({ container_id: z.string(), instances: list(records.instanceRecordSchema) }),
    },
    'Lists the running copies of an agent.',
  ),
  get_address: row(
    'get_address',
    'registry',
    ['GET', '/v1/addresses'],
    { params: params.containerParams, result: records.addressRecordSchema },
    'Tells where a customer’s agent can be reached.',
  ),
  discover_agent: row(
    'discover_agent',
    'registry',
    ['GET', '/v1/discover'],
    { params: params.discoverParams, result: z.object({ agents: list(records.discoveredAgentSchema) }) },
    'Finds running agents that declare a capability, with their addresses.',
  ),
  scale_agent: row(
    'scale_agent',
    'auto-scaling',
    ['POST', '/v1/agents/:agent_id/scale'],
    {
      params: params.scaleParams,
      result: z.object({ container_id: z.string(), from: z.int(), to: z.int(), reason: z.string() }),
    },
    'Sets how many instances of a customer’s agent run.',
  ),
  track_usage: row(
    'track_usage',
    'billing',
    ['POST', '/v1/usage', 202],
    { params: params.trackUsageParams, result: z.object({ accepted: z.int() }), scope: 'usage' },
    'Reports what an agent did for a customer; each id counts once.',
  ),
  list_usage: row(
    'list_usage',
    'billing',
    ['GET', '/v1/usage'],
    { params: params.listUsageParams, result: z.object({ usage: list(records.usageRecordSchema), next }) },
    'Lists the usage events that agents reported.',
  ),
} as const;

export type ActionName = keyof typeof actions;
/** What a caller gives. */
export type ActionParams<N extends ActionName> = z.input<(typeof actions)[N]['params']>;
/** Params after validation. */
export type ParsedParams<N extends ActionName> = z.output<(typeof actions)[N]['params']>;
/** What a caller gets. */
export type ActionResult<N extends ActionName> = z.output<(typeof actions)[N]['result']>;

export const actionNames = Object.keys(actions) as readonly ActionName[];

/** True for the name of an action; narrows text from the wire. */
export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(actions, name);
}

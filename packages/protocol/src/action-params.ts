import { z } from 'zod';
import { agentIdPattern } from './manifest.js';
import { envVarSchema, resourcesSchema } from './manifest-runtime.js';

/** Text without control characters and halves of characters, which no store and no header takes. */
const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u);

const agentId = z.string().max(253).regex(agentIdPattern);
const customerId = plainText(255);
const containerId = plainText(64);

/** Milliseconds to wait for an end state; 0 answers at once. It ends the waiting, not the deployment. [300 000] */
const waitMs = z.int().min(0).max(600_000);

const pageFields = {
  /** Cursor: `next` of the page before. */
  after: plainText(512).optional(),
  limit: z.int().min(1).max(1000).optional(),
};

/** One container: by its id, or by the agent and the customer it runs for. With both, all have to agree. */
const referenceFields = {
  container_id: containerId.optional(),
  agent_id: agentId.optional(),
  customer_id: customerId.optional(),
};

interface Reference {
  readonly container_id?: string | undefined;
  readonly agent_id?: string | undefined;
  readonly customer_id?: string | undefined;
}

const isReference = (value: Reference) =>
  value.container_id !== undefined || (value.agent_id !== undefined && value.customer_id !== undefined);

/** `path` puts the refusal on the field that is missing. */
const referenceRule = { message: 'must be given, or agent_id and customer_id in its place', path: ['container_id'] };

/** What a container is made from in short: an agent known to the host by id, or a whole manifest. */
const sourceFields = {
  image: z.string().min(1).max(512).optional(),
  env: z.union([z.record(z.string(), z.string()), z.array(envVarSchema).max(512)]).optional(),
  resources: resourcesSchema.optional(),
  /** A whole manifest, in place of image, env and resources; `parseManifest` reads it. */
  manifest: z.record(z.string(), z.unknown()).optional(),
};

interface Source {
  readonly image?: unknown;
  readonly env?: unknown;
  readonly resources?: unknown;
  readonly manifest?: unknown;
}

const isOneSource = (value: Source) =>
  value.manifest === undefined ||
  (value.image === undefined && value.env === undefined && value.resources === undefined);

const sourceRule = { message: 'must stand alone: image, env and resources are part of it', path: ['manifest'] };

export const createContainerParams = z
  .strictObject({
    customer_id: customerId,
    agent_id: agentId.optional(),
    /** Unique among the customer's live containers. [the agent's id] */
    name: plainText(255).optional(),
    ...sourceFields,
    wait_ms: waitMs.optional(),
  })
  .refine((value) => value.agent_id !== undefined || value.manifest !== undefined, {
    message: 'must be given, or a manifest in its place',
    path: ['agent_id'],
  })
  .refine(isOneSource, sourceRule);

export const updateContainerParams = z
  .strictObject({ ...referenceFields, ...sourceFields, wait_ms: waitMs.optional() })
  .refine(isReference, referenceRule)
  .refine(isOneSource, sourceRule);

export const containerParams = z.strictObject(referenceFields).refine(isReference, referenceRule);

/** `wait_ms` [0]: how long the answer may wait for the new state. */
export const containerWaitParams = z
  .strictObject({ ...referenceFields, wait_ms: waitMs.optional() })
  .refine(isReference, referenceRule);

export const parkContainerParams = z
  .strictObject({ ...referenceFields, depth: z.enum(['pause', 'stop']).optional(), wait_ms: waitMs.optional() })
  .refine(isReference, referenceRule);

/** `limit` [100]: so many of the newest. */
export const containerHistoryParams = z
  .strictObject({ ...referenceFields, limit: z.int().min(1).max(1000).optional() })
  .refine(isReference, referenceRule);

export const logsParams = z
  .strictObject({
    ...referenceFields,
    instance_id: plainText(253).optional(),
    /** Lines from the end. [100] */
    tail: z.int().min(0).max(10_000).optional(),
    /** Only lines after this time: ISO 8601. */
    since: z.iso.datetime({ offset: true }).optional(),
    /**
     * REST only: the answer is a stream of Server-Sent Events, one `log` event a line, until the caller leaves. [false]
     */
    follow: z.boolean().optional(),
  })
  .refine(isReference, referenceRule);

export const scaleParams = z.strictObject({
  agent_id: agentId,
  customer_id: customerId,
  instances: z.int().min(0).max(1000),
  reason: plainText(500).optional(),
  wait_ms: waitMs.optional(),
});

export const listContainersParams = z.strictObject({
  customer_id: customerId.optional(),
  agent_id: agentId.optional(),
  name: plainText(255).optional(),
  status: z.enum(['running', 'stopped', 'error']).optional(),
  health: z.enum(['healthy', 'degraded', 'unhealthy', 'unknown', 'starting']).optional(),
  ...pageFields,
});

export const discoverParams = z.strictObject({
  capability: plainText(128),
  /** Further capabilities that all have to be there. */
  tags: z.array(plainText(128)).max(16).optional(),
  customer_id: customerId.optional(),
});

const usageFields = {
  agent_id: agentId,
  customer_id: customerId,
  action: plainText(128),
  /** Milliseconds. */
  duration: z.number().min(0).max(86_400_000),
};

const usageEventSchema = z.strictObject({
  ...usageFields,
  /** Repeated, it counts once. [a new one] */
  id: plainText(128).optional(),
  /** When it happened: ISO 8601. [now] */
  at: z.iso.datetime({ offset: true }).optional(),
});

/** One usage event, or up to 1 000 at once. */
export const trackUsageParams = z.union([
  usageEventSchema,
  z.strictObject({ events: z.array(usageEventSchema).min(1).max(1000) }),
]);

export const listUsageParams = z.strictObject({
  customer_id: customerId.optional(),
  agent_id: agentId.optional(),
  ...pageFields,
});

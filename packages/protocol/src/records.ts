import { z } from 'zod';

/** Time on the wire: ISO 8601 in UTC with milliseconds, e.g. `2026-01-31T12:00:00.000Z`. */
const time = z.iso.datetime();

/** A figure; `"unsupported"` when the engine cannot tell it (never 0 for "unknown"); null when not measured yet. */
export const measuredSchema = z.union([z.number(), z.literal('unsupported'), z.null()]);

export const containerStatuses = ['running', 'stopped', 'error'] as const;
export const healthStatuses = ['healthy', 'degraded', 'unhealthy', 'unknown', 'starting'] as const;
export const deploymentPhases = [
  'pending',
  'progressing',
  'ready',
  'degraded',
  'failed',
  'parked',
  'deleting',
] as const;
export const incidentReasons = [
  'oom',
  'exit-code',
  'signal',
  'probe-failed',
  'start-failed',
  'operator',
  'engine-restart',
  'host',
] as const;

/** Figures of resource use: CPU in percent of one core, memory and disk in MiB, load 0..1 as the agent reports it. */
const useFields = {
  cpu_usage: measuredSchema,
  memory_usage: measuredSchema,
  disk_usage: measuredSchema,
};

/** One deployment: an agent that runs for a customer, whatever its instances do. */
export const containerRecordSchema = z.object({
  container_id: z.string(),
  agent_id: z.string(),
  customer_id: z.string(),
  /** Unique among the customer's; the agent's id unless a second one of its type was asked for. */
  name: z.string(),
  /** Null for an agent that runs as a program. */
  image: z.string().nullable(),
  /** URL of the stable address; null before it is open. */
  address: z.string().nullable(),
  health_url: z.string().nullable(),
  status: z.enum(containerStatuses),
  phase: z.enum(deploymentPhases),
  /** A sentence for a person: why the phase is what it is. */
  reason: z.string(),
  health: z.enum(healthStatuses),
  ...useFields,
  load: z.number().nullable(),
  /** Seconds since the oldest ready instance started; 0 while none runs. */
  uptime: z.number(),
  /** Instances asked for. */
  replicas: z.int(),
  ready_instances: z.int(),
  created_at: time,
  updated_at: time,
});
export type ContainerRecord = z.infer<typeof containerRecordSchema>;

/** One running copy. */
export const instanceRecordSchema = z.object({
  container_id: z.string(),
  instance_id: z.string(),
  agent_id: z.string(),
  customer_id: z.string(),
  ordinal: z.int(),
  attempt: z.int(),
  /** As the engine reports it. */
  state: z.enum(['creating', 'running', 'paused', 'stopped', 'exited', 'removing']),
  health: z.enum(healthStatuses),
  /** Milliseconds. */
  response_time: z.number().nullable(),
  load: z.number().nullable(),
  error_message: z.string().nullable(),
  exit_code: z.int().nullable(),
  signal: z.string().nullable(),
  oom: z.boolean(),
  created_at: time.nullable(),
  started_at: time.nullable(),
});
export type InstanceRecord = z.infer<typeof instanceRecordSchema>;

/** One probe of one instance. */
export const healthCheckRecordSchema = z.object({
  container_id: z.string(),
  instance_id: z.string(),
  status: z.enum(['ok', 'error']),
  /** Milliseconds. */
  response_time: z.number(),
  load: z.number().nullable(),
  error_message: z.string().nullable(),
  checked_at: time,
});
export type HealthCheckRecord = z.infer<typeof healthCheckRecordSchema>;

/** One change of scale. */
export const scalingEventRecordSchema = z.object({
  container_id: z.string(),
  agent_id: z.string(),
  customer_id: z.string(),
  action: z.enum(['scale_up', 'scale_down']),
  from_instances: z.int(),
  to_instances: z.int(),
  reason: z.string(),
  created_at: time,
});
export type ScalingEventRecord = z.infer<typeof scalingEventRecordSchema>;

/** One line that an instance wrote. */
export const logRecordSchema = z.object({
  instance_id: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  /** Null where the engine keeps no time. */
  at: time.nullable(),
  text: z.string(),
});
export type LogRecord = z.infer<typeof logRecordSchema>;

/** What one instance used at one time. Network in MiB per second. */
export const resourceSampleRecordSchema = z.object({
  instance_id: z.string(),
  ...useFields,
  network_in: measuredSchema,
  network_out: measuredSchema,
  at: time,
});
export type ResourceSampleRecord = z.infer<typeof resourceSampleRecordSchema>;

/** Why an instance ended, with what it wrote and used last. */
export const incidentRecordSchema = z.object({
  incident_id: z.string(),
  container_id: z.string(),
  customer_id: z.string(),
  instance_id: z.string(),
  reason: z.enum(incidentReasons),
  /** A sentence for a person. */
  message: z.string(),
  exit_code: z.int().nullable(),
  signal: z.string().nullable(),
  oom: z.boolean(),
  logs: z.array(logRecordSchema),
  samples: z.array(resourceSampleRecordSchema),
  created_at: time,
});
export type IncidentRecord = z.infer<typeof incidentRecordSchema>;

/** A billable fact that an agent reported. */
export const usageRecordSchema = z.object({
  /** Chosen by who reports it: a repeated id counts once. */
  id: z.string(),
  agent_id: z.string(),
  customer_id: z.string(),
  action: z.string(),
  /** Milliseconds. */
  duration: z.number(),
  created_at: time,
});
export type UsageRecord = z.infer<typeof usageRecordSchema>;

/** Where an agent can be reached. */
export const addressRecordSchema = z.object({
  container_id: z.string(),
  agent_id: z.string(),
  customer_id: z.string(),
  /** URL. */
  address: z.string(),
  /** Host name or IP address of the URL. */
  ip: z.string(),
  port: z.int(),
  health_url: z.string(),
  health: z.enum(healthStatuses),
  capabilities: z.array(z.string()),
});
export type AddressRecord = z.infer<typeof addressRecordSchema>;

/** An agent that declares a capability. */
export const discoveredAgentSchema = z.object({
  container_id: z.string(),
  agent_id: z.string(),
  customer_id: z.string(),
  name: z.string(),
  version: z.string(),
  description: z.string().nullable(),
  capabilities: z.array(z.string()),
  /** Null before the address is open. */
  address: z.string().nullable(),
  health_url: z.string().nullable(),
  health: z.enum(healthStatuses),
});
export type DiscoveredAgent = z.infer<typeof discoveredAgentSchema>;

/** One event of the feed. */
export const eventRecordSchema = z.object({
  /** Opaque cursor: resumes the feed after this event. */
  id: z.string(),
  /** Noun first, a past fact: `deployment-ready`, `health-changed`, … */
  type: z.string(),
  container_id: z.string(),
  agent_id: z.string(),
  customer_id: z.string(),
  /** A sentence for a person. */
  message: z.string(),
  data: z.record(z.string(), z.unknown()),
  created_at: time,
});
export type EventRecord = z.infer<typeof eventRecordSchema>;

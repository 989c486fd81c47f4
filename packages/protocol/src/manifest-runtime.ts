import { z } from 'zod';

/** A Kubernetes-style quantity as it stands in the manifest; `parseCpu` and `parseBytes` read it. */
const quantity = z.union([z.string().min(1).max(32), z.number().positive()]);
const milliseconds = (min: number, max: number) => z.int().min(min).max(max);

/**
 * One variable of the agent's environment. `secret: true` seals the value at rest and keeps it out of every hash, list,
 * log and event.
 */
export const envVarSchema = z.strictObject({
  name: z
    .string()
    .max(256)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  value: z.string().max(131072),
  secret: z.boolean().optional(),
});

/** Limits; each is enforced by the engine, or the manifest is refused there. */
export const resourcesSchema = z.strictObject({
  cpu: quantity.optional(),
  memory: quantity.optional(),
  disk: quantity.optional(),
  pids: z.int().min(1).max(100_000).optional(),
});

/** How the agent's health is judged; defaults in brackets. */
export const probesSchema = z.strictObject({
  /** [10 000] */
  interval_ms: milliseconds(100, 3_600_000).optional(),
  /** [2 000]; must be shorter than the interval. */
  timeout_ms: milliseconds(10, 600_000).optional(),
  /** [3] failures in a row until unhealthy. */
  failure_threshold: z.int().min(1).max(100).optional(),
  /** [1] successes in a row until healthy; 2 after an unhealthy episode. */
  success_threshold: z.int().min(1).max(100).optional(),
  /** [30 000] time to the first success during which failures do not count. */
  start_period_ms: milliseconds(0, 3_600_000).optional(),
  /** Slower than this on average is `degraded`; no default. */
  degraded_latency_ms: milliseconds(1, 600_000).optional(),
  /** Load above this is `degraded`; no default. */
  degraded_load: z.number().min(0).max(1).optional(),
});

export const scalingSchema = z.strictObject({
  /** [1] */
  min: z.int().min(0).max(1000).optional(),
  /** [min] */
  max: z.int().min(1).max(1000).optional(),
  targets: z
    .array(
      z.strictObject({
        metric: z.enum(['cpu', 'memory', 'load', 'in_flight', 'queue_length']),
        /** Percent for `cpu` and `memory`, 0..1 for `load`, a count per instance otherwise. */
        value: z.number().positive(),
      }),
    )
    .max(16)
    .optional(),
  up_window_ms: milliseconds(0, 3_600_000).optional(),
  down_window_ms: milliseconds(0, 3_600_000).optional(),
  cooldown_ms: milliseconds(0, 3_600_000).optional(),
  idle_timeout_ms: milliseconds(1000, 86_400_000 * 7).optional(),
});

export const networkSchema = z.strictObject({
  /** The agent needs a wall around its tenant: an engine that has none refuses it. [false] */
  isolated: z.boolean().optional(),
  /** What the agent may reach beyond its own tenant: nothing, or everything the engine routes. [internet] */
  egress: z.enum(['none', 'internet']).optional(),
  /** Agents of other tenants that may be reached, by `agent_id`. Kubernetes only. */
  peers: z.array(z.string().max(253)).max(64).optional(),
});

export const stateSchema = z.strictObject({
  /** How deep `park` may go by default. [the deepest the engine can keep: pause where it has one, else stop] */
  park: z.enum(['pause', 'stop']).optional(),
  volumes: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/),
        path: z
          .string()
          .regex(/^\/[^\0:]*$/)
          .max(1024),
      }),
    )
    .max(8)
    .optional(),
});

/** How to run the agent: a program of a language the engine has, or an image. */
export const runtimeSchema = z.looseObject({
  language: z.string().max(64).optional(),
  version: z.string().max(64).optional(),
  entrypoint: z.string().min(1).max(4096).optional(),
  /** Longest time one action may take. */
  timeout_ms: milliseconds(1, 86_400_000).optional(),
  /** Short for `resources.memory` in MiB; refused beside it. */
  memory_mb: z.int().min(1).max(16_777_216).optional(),
  /** `name:tag` or `name@sha256:…`. */
  image: z.string().min(1).max(512).optional(),
  /** Build the image from a folder on the host's machine instead of pulling it. */
  build: z.strictObject({ context: z.string().min(1), dockerfile: z.string().optional() }).optional(),
  command: z.array(z.string().max(32768)).max(256).optional(),
  /** Port the agent listens on, inside. [8080]; the agent also finds it in `PORT`. */
  port: z.int().min(1).max(65535).optional(),
  /** [/health] */
  health_path: z
    .string()
    .max(1024)
    .regex(/^\/[^\s?#]*$/)
    .optional(),
  protocol: z.enum(['http']).optional(),
  env: z.array(envVarSchema).max(512).optional(),
  resources: resourcesSchema.optional(),
  probes: probesSchema.optional(),
  scaling: scalingSchema.optional(),
  network: networkSchema.optional(),
  state: stateSchema.optional(),
  /** Numeric `uid[:gid]`. [65534:65534] */
  user: z
    .string()
    .regex(/^\d{1,10}(:\d{1,10})?$/)
    .optional(),
  /** [true] */
  read_only_root: z.boolean().optional(),
  /** Time between SIGTERM and SIGKILL. [10 000] */
  grace_ms: milliseconds(0, 600_000).optional(),
  /** A roll-out that is not ready after this is rolled back. [300 000] */
  rollout_deadline_ms: milliseconds(1000, 3_600_000).optional(),
});

export type ManifestRuntime = z.infer<typeof runtimeSchema>;

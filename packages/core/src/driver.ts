/** All that a driver may import from core. */

export { type ErrorCode, isMoorageError, MoorageError, toMoorageError } from '@moorage/protocol/base';
export type { ParkDepth } from './model/deployment.js';
export type { HealthPolicy, HealthStatus } from './model/health.js';
export type { DeploymentId, EngineId, EpochMs, InstanceName, OwnerId, TenantId } from './model/ids.js';
export type { LogLine, Measured, UsageSample } from './model/incident.js';
export type {
  Endpoint,
  InstanceExit,
  InstanceSpec,
  InstanceState,
  Observation,
  ObservedInstance,
} from './model/instance.js';
export { instanceName } from './model/instance-name.js';
export type { ReplicaWish, ScalingRange } from './model/scaling.js';
export type { Resources, Template, TemplateEnv, TemplateSource, VolumeMount } from './model/template.js';
export type {
  Call,
  ContainerDriver,
  Driver,
  DriverBase,
  DriverCapabilities,
  LogsCall,
  ObservedWorkload,
  RemoveCall,
  SandboxJob,
  Scope,
  ScopedCall,
  Unsubscribe,
  Workload,
  WorkloadDriver,
  WorkloadObservation,
} from './ports/driver.js';

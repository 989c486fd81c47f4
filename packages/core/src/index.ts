export {
  type ErrorCode,
  errorCodes,
  isMoorageError,
  type Manifest,
  MoorageError,
  parseManifest,
  toMoorageError,
} from '@moorage/protocol/base';
export { createHost } from './create-host.js';
export { verifyAuditChain } from './decide/audit-hash.js';
export * from './engine/aes-secrets.js';
export {
  type DiagnoseOptions,
  diagnose,
  type ReadableDriver,
  type ReadableStore,
} from './engine/diagnose.js';
export { directFrontDoor } from './engine/direct-front-door.js';
export { httpTransport } from './engine/http-transport.js';
export { systemClock } from './engine/system-clock.js';
export { systemRandom } from './engine/system-random.js';
export type * from './host-types.js';
export { memoryClock } from './memory/memory-clock.js';
export { type MemoryDriver, type MemoryDriverOptions, memoryDriver } from './memory/memory-driver.js';
export { type MemoryEngine, memoryEngine } from './memory/memory-engine.js';
export { memoryFrontDoor } from './memory/memory-front-door.js';
export { memorySecrets } from './memory/memory-secrets.js';
export { type MemoryStore, type MemoryStoreOptions, memoryStore } from './memory/memory-store.js';
export { type MemoryWorkloadDriver, memoryWorkloadDriver } from './memory/memory-workload-driver.js';
export { seededRandom } from './memory/seeded-random.js';
export * from './model/deployment.js';
export * from './model/events.js';
export type * from './model/finding.js';
export * from './model/health.js';
export * from './model/ids.js';
export * from './model/incident.js';
export * from './model/instance.js';
export { instanceName } from './model/instance-name.js';
export * from './model/live-figures.js';
export * from './model/quota.js';
export * from './model/template.js';
export type * from './ports/agent-transport.js';
export type * from './ports/clock.js';
export { type CrashPoint, type CrashPoints, crashPointNames } from './ports/crash-points.js';
export type * from './ports/driver.js';
export type * from './ports/front-door.js';
export type * from './ports/logger.js';
export type * from './ports/random.js';
export type * from './ports/secrets.js';
export * from './ports/store.js';

/** All that a store may import from core. */

export { type ErrorCode, isMoorageError, MoorageError, toMoorageError } from '@moorage/protocol/base';
export { type AuditTail, linkAudit, verifyAuditChain } from './decide/audit-hash.js';
export { canonicalJson } from './decide/canonical-json.js';
export { checkCommit } from './decide/check-commit.js';
export { checkQuota } from './decide/check-quota.js';
export { checkUsage } from './decide/check-usage.js';
export {
  absentRecord,
  cursorNotFound,
  fenceConflict,
  idempotencyKeyUsed,
  nameTaken,
  noPortFree,
  otherEngine,
  revisionConflict,
  storeClosed,
  tenantChanged,
} from './decide/commit-errors.js';
export { type CursorKind, formatCursor, parseCursor } from './decide/cursor.js';
export { initialStatus } from './decide/initial-status.js';
export { pageLimit } from './decide/page-limit.js';
export { pickPort } from './decide/pick-port.js';
export { quotaUseOf } from './decide/quota-use-of.js';
export { shardOf } from './decide/shard-of.js';
export { checkKey, cleanText, isKey } from './decide/stored-text.js';
export type {
  AddressRecord,
  DeploymentPhase,
  DeploymentRecord,
  DeploymentStatus,
  DesiredState,
} from './model/deployment.js';
export type {
  AuditRecord,
  HostEvent,
  HostEventType,
  NewAudit,
  NewEvent,
  ScalingEventRecord,
  UsageEvent,
} from './model/events.js';
export type { HealthCheckRecord } from './model/health.js';
export type { AddressId, DeploymentId, EngineId, EpochMs, HostId, OwnerId, TenantId } from './model/ids.js';
export type { Incident } from './model/incident.js';
export type { LiveFigures } from './model/live-figures.js';
export type { Quota, QuotaUse } from './model/quota.js';
export * from './ports/store.js';

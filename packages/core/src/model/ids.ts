/** Id of a deployment: `d-` and 16 characters of base32. Its own; never derived from agent or customer. */
export type DeploymentId = string;
/** The customer; a hard wall. The spec's `customer_id`. */
export type TenantId = string;
/** The installation: made once in the store, shared by all its host processes, written on every label. */
export type OwnerId = string;
/** One host process. Leases carry it, labels do not. */
export type HostId = string;
/** Identity of an engine: the uid of a marker of ours on it. */
export type EngineId = string;
/** Id of an address record: `a-` and 16 characters. It outlives the deployment that it points at. */
export type AddressId = string;
/** Name of one instance on its engine; see `instance-name.ts`. */
export type InstanceName = string;
/** Milliseconds since 1970, wall clock. */
export type EpochMs = number;

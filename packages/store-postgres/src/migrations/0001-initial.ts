import type { Names } from '../names.js';

/** Tables as the store uses them, and the views that the specification promises to other readers. */
export function initialSchema(names: Names): string {
  return [installation, deployments, feeds, records, leases, live, checksAndScalingViews, containersView]
    .map((part) => part(names))
    .join('\n');
}

function installation({ of }: Names): string {
  return `
create table ${of('moorage_meta')} (
  single boolean primary key default true check (single),
  owner text not null,
  schema_version integer not null,
  moorage_version text not null,
  events_pruned bigint not null default 0,
  created_at timestamptz not null default now()
);
-- One row that every writer of an ordered feed updates last: its lock makes the order of numbers that of the commits.
create table ${of('moorage_sequence')} (
  single boolean primary key default true check (single),
  events bigint not null default 0,
  deployments bigint not null default 0,
  usage bigint not null default 0
) with (fillfactor = 10);
insert into ${of('moorage_sequence')} default values;

`;
}

function deployments({ of }: Names): string {
  return `
create table ${of('moorage_deployments')} (
  id text primary key,
  sequence bigint not null unique,
  shard smallint not null,
  tenant text not null,
  agent_id text not null,
  name text not null,
  image text not null,
  deleted_at double precision,
  replicas double precision not null,
  cpu_millis double precision not null,
  memory_bytes double precision not null,
  phase text not null,
  revision bigint not null,
  audit_sequence bigint not null default 0,
  audit_hash text,
  desired json not null,
  status json not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 70);
create unique index moorage_deployments_name on ${of('moorage_deployments')} (tenant, name) where deleted_at is null;
create index moorage_deployments_agent on ${of('moorage_deployments')} (agent_id, tenant);
create index moorage_deployments_shard on ${of('moorage_deployments')} (shard, sequence);
create index moorage_deployments_phase on ${of('moorage_deployments')} (phase);
create table ${of('moorage_dropped')} (id text primary key, dropped_at timestamptz not null default now());

create table ${of('moorage_addresses')} (
  id text primary key,
  deployment_id text not null unique,
  port integer unique,
  created_at bigint not null
);

`;
}

function feeds({ of }: Names): string {
  return `
create table ${of('moorage_events')} (
  sequence bigint primary key,
  deployment_id text not null,
  tenant text not null,
  at bigint not null,
  event json not null
);
create index moorage_events_deployment on ${of('moorage_events')} (deployment_id, sequence);
create index moorage_events_tenant on ${of('moorage_events')} (tenant, sequence);

create table ${of('moorage_audit')} (
  deployment_id text not null,
  sequence bigint not null,
  record json not null,
  primary key (deployment_id, sequence)
);

create table ${of('moorage_incidents')} (
  id text primary key,
  deployment_id text not null,
  tenant text not null,
  at double precision not null,
  incident json not null
);
create index moorage_incidents_deployment on ${of('moorage_incidents')} (deployment_id, at);
create index moorage_incidents_tenant on ${of('moorage_incidents')} (tenant, at);
create index moorage_incidents_at on ${of('moorage_incidents')} (at);

`;
}

function records({ of }: Names): string {
  return `
create table ${of('moorage_scaling_events')} (
  id bigint generated always as identity primary key,
  deployment_id text not null,
  tenant text not null,
  agent_id text not null,
  action text not null,
  from_instances integer not null,
  to_instances integer not null,
  reason text not null,
  created_at timestamptz not null
);
create index moorage_scaling_events_deployment on ${of('moorage_scaling_events')} (deployment_id, created_at);
create index moorage_scaling_events_at on ${of('moorage_scaling_events')} (created_at);

create table ${of('moorage_health_checks')} (
  deployment_id text not null,
  instance text not null,
  status text not null,
  response_time double precision not null,
  load double precision,
  error_message text,
  checked_at timestamptz not null
);
create index moorage_health_checks_deployment on ${of('moorage_health_checks')} (deployment_id, checked_at);
create index moorage_health_checks_at on ${of('moorage_health_checks')} (checked_at);

create table ${of('moorage_usage')} (
  tenant text not null,
  id text not null,
  sequence bigint not null unique,
  agent_id text not null,
  action text not null,
  duration_ms double precision not null,
  at double precision not null,
  primary key (tenant, id)
);
create index moorage_usage_tenant on ${of('moorage_usage')} (tenant, sequence);
create index moorage_usage_at on ${of('moorage_usage')} (at);

create table ${of('moorage_idempotency')} (
  tenant text not null,
  key text not null,
  fingerprint text not null,
  deployment_id text not null,
  created_at double precision not null,
  primary key (tenant, key)
);
create index moorage_idempotency_at on ${of('moorage_idempotency')} (created_at);

`;
}

function leases({ of }: Names): string {
  return `
create table ${of('moorage_leases')} (
  shard smallint primary key,
  holder text,
  token bigint not null default 0,
  expires_at timestamptz not null default '-infinity'
) with (fillfactor = 50);
insert into ${of('moorage_leases')} (shard) select generate_series(0, 63);
create table ${of('moorage_hosts')} (holder text primary key, expires_at timestamptz not null);

`;
}

function live({ of }: Names): string {
  return `
-- Figures that only a running host knows; a row is there once a host has told them.
create table ${of('moorage_live')} (
  deployment_id text primary key,
  address text,
  health_url text,
  health text,
  cpu_usage double precision,
  memory_usage double precision,
  disk_usage double precision,
  load double precision,
  uptime double precision,
  updated_at timestamptz not null default now()
) with (fillfactor = 50);

`;
}

function checksAndScalingViews({ of }: Names): string {
  return `
create view ${of('health_checks')} as
  select deployment_id as container_id, status, response_time, load, error_message, checked_at
  from ${of('moorage_health_checks')};

create view ${of('scaling_events')} as
  select agent_id, tenant as customer_id, action, from_instances, to_instances, reason, created_at
  from ${of('moorage_scaling_events')};

`;
}

function containersView({ of }: Names): string {
  return `
create view ${of('containers')} as
  select
    d.sequence as id,
    d.id as container_id,
    d.agent_id,
    d.tenant as customer_id,
    d.image,
    l.address,
    l.health_url,
    case when d.phase in ('parked', 'deleting') then 'stopped' when d.phase = 'failed' then 'error' else 'running' end
      as status,
    coalesce(
      l.health,
      case d.phase when 'ready' then 'healthy' when 'degraded' then 'degraded' when 'failed' then 'unhealthy' end
    ) as health,
    l.cpu_usage,
    l.memory_usage,
    l.disk_usage,
    coalesce(
      l.load,
      (
        select c.load from ${of('moorage_health_checks')} c
        where c.deployment_id = d.id order by c.checked_at desc limit 1
      )
    ) as load,
    l.uptime,
    d.created_at,
    greatest(d.updated_at, l.updated_at) as updated_at
  from ${of('moorage_deployments')} d
  left join ${of('moorage_live')} l on l.deployment_id = d.id;
`;
}

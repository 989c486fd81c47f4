-- Schema version 2 with data in it, as a host of that version left it. Never changed: hosts of today start on it.
create schema "kept";
create table "kept"."moorage_meta" (
  single boolean primary key default true check (single),
  owner text not null,
  schema_version integer not null,
  moorage_version text not null,
  events_pruned bigint not null default 0,
  created_at timestamptz not null default now()
);
-- One row that every writer of an ordered feed updates last: its lock makes the order of numbers that of the commits.
create table "kept"."moorage_sequence" (
  single boolean primary key default true check (single),
  events bigint not null default 0,
  deployments bigint not null default 0,
  usage bigint not null default 0
) with (fillfactor = 10);
insert into "kept"."moorage_sequence" default values;
create table "kept"."moorage_deployments" (
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
create unique index moorage_deployments_name on "kept"."moorage_deployments" (tenant, name) where deleted_at is null;
create index moorage_deployments_agent on "kept"."moorage_deployments" (agent_id, tenant);
create index moorage_deployments_shard on "kept"."moorage_deployments" (shard, sequence);
create index moorage_deployments_phase on "kept"."moorage_deployments" (phase);
create table "kept"."moorage_dropped" (id text primary key, dropped_at timestamptz not null default now());
create table "kept"."moorage_addresses" (
  id text primary key,
  deployment_id text not null unique,
  port integer unique,
  created_at bigint not null
);
create table "kept"."moorage_events" (
  sequence bigint primary key,
  deployment_id text not null,
  tenant text not null,
  at bigint not null,
  event json not null
);
create index moorage_events_deployment on "kept"."moorage_events" (deployment_id, sequence);
create index moorage_events_tenant on "kept"."moorage_events" (tenant, sequence);
create table "kept"."moorage_audit" (
  deployment_id text not null,
  sequence bigint not null,
  record json not null,
  primary key (deployment_id, sequence)
);
create table "kept"."moorage_incidents" (
  id text primary key,
  deployment_id text not null,
  tenant text not null,
  at double precision not null,
  incident json not null
);
create index moorage_incidents_deployment on "kept"."moorage_incidents" (deployment_id, at);
create index moorage_incidents_tenant on "kept"."moorage_incidents" (tenant, at);
create index moorage_incidents_at on "kept"."moorage_incidents" (at);
create table "kept"."moorage_scaling_events" (
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
create index moorage_scaling_events_deployment on "kept"."moorage_scaling_events" (deployment_id, created_at);
create index moorage_scaling_events_at on "kept"."moorage_scaling_events" (created_at);
create table "kept"."moorage_health_checks" (
  deployment_id text not null,
  instance text not null,
  status text not null,
  response_time double precision not null,
  load double precision,
  error_message text,
  checked_at timestamptz not null
);
create index moorage_health_checks_deployment on "kept"."moorage_health_checks" (deployment_id, checked_at);
create index moorage_health_checks_at on "kept"."moorage_health_checks" (checked_at);
create table "kept"."moorage_usage" (
  tenant text not null,
  id text not null,
  sequence bigint not null unique,
  agent_id text not null,
  action text not null,
  duration_ms double precision not null,
  at double precision not null,
  primary key (tenant, id)
);
create index moorage_usage_tenant on "kept"."moorage_usage" (tenant, sequence);
create index moorage_usage_at on "kept"."moorage_usage" (at);
create table "kept"."moorage_idempotency" (
  tenant text not null,
  key text not null,
  fingerprint text not null,
  deployment_id text not null,
  created_at double precision not null,
  primary key (tenant, key)
);
create index moorage_idempotency_at on "kept"."moorage_idempotency" (created_at);
create table "kept"."moorage_leases" (
  shard smallint primary key,
  holder text,
  token bigint not null default 0,
  expires_at timestamptz not null default '-infinity'
) with (fillfactor = 50);
insert into "kept"."moorage_leases" (shard) select generate_series(0, 63);
create table "kept"."moorage_hosts" (holder text primary key, expires_at timestamptz not null);
-- Figures that only a running host knows; a row is there once a host has told them.
create table "kept"."moorage_live" (
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
create view "kept"."health_checks" as
  select deployment_id as container_id, status, response_time, load, error_message, checked_at
  from "kept"."moorage_health_checks";
create view "kept"."scaling_events" as
  select agent_id, tenant as customer_id, action, from_instances, to_instances, reason, created_at
  from "kept"."moorage_scaling_events";
create view "kept"."containers" as
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
        select c.load from "kept"."moorage_health_checks" c
        where c.deployment_id = d.id order by c.checked_at desc limit 1
      )
    ) as load,
    l.uptime + least(greatest(extract(epoch from now() - l.updated_at), 0), 1200)::double precision as uptime,
    d.created_at,
    greatest(d.updated_at, l.updated_at) as updated_at
  from "kept"."moorage_deployments" d
  left join "kept"."moorage_live" l on l.deployment_id = d.id;
create table "kept"."moorage_migrations" (name varchar(255) primary key, timestamp varchar(255) not null);
create table "kept"."moorage_migrations_lock" (id varchar(255) primary key, is_locked integer not null default 0);
delete from "kept"."moorage_sequence";
delete from "kept"."moorage_leases";
insert into "kept"."moorage_addresses" select * from json_populate_recordset(null::"kept"."moorage_addresses", '[
{"id":"a-d-kept","deployment_id":"d-kept","port":20000,"created_at":1796054887011}
]');
insert into "kept"."moorage_audit" select * from json_populate_recordset(null::"kept"."moorage_audit", '[
{"deployment_id":"d-kept","sequence":1,"record":{"deploymentId":"d-kept","sequence":1,"at":1796054887011,"actor":"operator","action":"deploy","cause":"a test","details":{},"previousHash":"0000000000000000000000000000000000000000000000000000000000000000","hash":"ec500a38d3efce1b2f34b91d42d5d1fa05a8f67aad19200fcb646b70cb763d15"}},
{"deployment_id":"d-kept","sequence":2,"record":{"deploymentId":"d-kept","sequence":2,"at":1796054887082,"actor":"host","action":"phase","cause":"Ready","details":{"from":"pending","to":"ready"},"previousHash":"ec500a38d3efce1b2f34b91d42d5d1fa05a8f67aad19200fcb646b70cb763d15","hash":"a0b0c4d192dc3b8ba5ca9a13e703f13b35db3f29a850edbea5821207c03d9b9e"}},
{"deployment_id":"d-gone","sequence":1,"record":{"deploymentId":"d-gone","sequence":1,"at":1796054887133,"actor":"operator","action":"deploy","cause":"a test","details":{},"previousHash":"0000000000000000000000000000000000000000000000000000000000000000","hash":"cde4ed966d47d3595fed4f0d1141c90ef784228feda19c8967e360c2342a04ef"}},
{"deployment_id":"d-gone","sequence":2,"record":{"deploymentId":"d-gone","sequence":2,"at":1796054887154,"actor":"host","action":"drop","cause":"nothing of it is left","details":{},"previousHash":"cde4ed966d47d3595fed4f0d1141c90ef784228feda19c8967e360c2342a04ef","hash":"361789868fc4bd95d708c27c98ad40b2edede8f740034c5267dd5d56f339cf43"}}
]');
insert into "kept"."moorage_deployments" select * from json_populate_recordset(null::"kept"."moorage_deployments", '[
{"id":"d-kept","sequence":1,"shard":31,"tenant":"t","agent_id":"agent.sample","name":"d-kept","image":"sample:1","deleted_at":null,"replicas":1,"cpu_millis":250,"memory_bytes":64000000,"phase":"ready","revision":2,"audit_sequence":2,"audit_hash":"a0b0c4d192dc3b8ba5ca9a13e703f13b35db3f29a850edbea5821207c03d9b9e","desired":{"id":"d-kept","tenant":"t","agentId":"agent.sample","name":"d-kept","manifest":{"agent_id":"agent.sample","name":"Sample","version":"1.0.0"},"generation":1,"template":{"agentId":"agent.sample","source":{"kind":"image","image":"sample:1"},"env":[],"port":8080,"healthPath":"/health","resources":{"cpuMillis":250,"memoryBytes":64000000},"user":"65534:65534","readOnlyRoot":true,"isolated":false,"egress":"internet","peers":[],"volumes":[],"graceMs":10000},"templateHash":"0123456789abcdef","health":{"path":"/health","intervalMs":10000,"timeoutMs":2000,"failureThreshold":3,"successThreshold":1,"startPeriodMs":30000},"rolloutDeadlineMs":300000,"replicas":1,"parked":false,"restartEpoch":0,"createdAt":1,"updatedAt":1},"status":{"phase":"ready","reason":"Ready","observedGeneration":1,"observedRestartEpoch":0,"slots":[],"readyInstances":1,"stateLost":false,"updatedAt":1796054887011},"created_at":"2026-11-30T16:08:06.998994+00:00","updated_at":"2026-11-30T16:08:07.091202+00:00"}
]');
insert into "kept"."moorage_dropped" select * from json_populate_recordset(null::"kept"."moorage_dropped", '[
{"id":"d-gone","dropped_at":"2026-11-30T16:08:07.156101+00:00"}
]');
insert into "kept"."moorage_events" select * from json_populate_recordset(null::"kept"."moorage_events", '[
{"sequence":1,"deployment_id":"d-kept","tenant":"t","at":1796054887011,"event":{"type":"deployment-created","deploymentId":"d-kept","tenant":"t","agentId":"agent.sample","message":"made","data":{}}},
{"sequence":2,"deployment_id":"d-kept","tenant":"t","at":1796054887082,"event":{"type":"deployment-ready","deploymentId":"d-kept","tenant":"t","agentId":"agent.sample","message":"Ready","data":{}}},
{"sequence":3,"deployment_id":"d-gone","tenant":"t","at":1796054887133,"event":{"type":"deployment-created","deploymentId":"d-gone","tenant":"t","agentId":"agent.sample","message":"made","data":{}}}
]');
insert into "kept"."moorage_health_checks" select * from json_populate_recordset(null::"kept"."moorage_health_checks", '[
{"deployment_id":"d-kept","instance":"one","status":"ok","response_time":2.5,"load":0.25,"error_message":null,"checked_at":"2026-09-21T14:13:20+00:00"}
]');
insert into "kept"."moorage_hosts" select * from json_populate_recordset(null::"kept"."moorage_hosts", '[
{"holder":"host-of-then","expires_at":"2026-11-30T16:09:07.148673+00:00"}
]');
insert into "kept"."moorage_idempotency" select * from json_populate_recordset(null::"kept"."moorage_idempotency", '[
{"tenant":"t","key":"key-1","fingerprint":"f","deployment_id":"d-kept","created_at":1790000000000}
]');
insert into "kept"."moorage_incidents" select * from json_populate_recordset(null::"kept"."moorage_incidents", '[
{"id":"i-1","deployment_id":"d-kept","tenant":"t","at":1790000000000,"incident":{"id":"i-1","deploymentId":"d-kept","tenant":"t","instance":"one","reason":"exited","message":"It ended","exit":{"code":3},"logs":[],"samples":[],"at":1790000000000}}
]');
insert into "kept"."moorage_leases" select * from json_populate_recordset(null::"kept"."moorage_leases", '[
{"shard":0,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":1,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":2,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":3,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":4,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":5,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":6,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":7,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":8,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":9,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":10,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":11,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":12,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":13,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":14,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":15,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":16,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":17,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":18,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":19,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":20,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":21,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":22,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":23,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":24,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":25,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":26,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":27,"holder":"host-of-then","token":1,"expires_at":"2026-11-30T16:09:07.148662+00:00"},
{"shard":28,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":29,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":30,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":31,"holder":"host-of-then","token":1,"expires_at":"2026-11-30T16:08:07.057681+00:00"},
{"shard":32,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":33,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":34,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":35,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":36,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":37,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":38,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":39,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":40,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":41,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":42,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":43,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":44,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":45,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":46,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":47,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":48,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":49,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":50,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":51,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":52,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":53,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":54,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":55,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":56,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":57,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":58,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":59,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":60,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":61,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":62,"holder":null,"token":0,"expires_at":"-infinity"},
{"shard":63,"holder":null,"token":0,"expires_at":"-infinity"}
]');
insert into "kept"."moorage_live" select * from json_populate_recordset(null::"kept"."moorage_live", '[
{"deployment_id":"d-kept","address":"http://127.0.0.1:20000","health_url":"http://127.0.0.1:20000/health","health":"healthy","cpu_usage":1.5,"memory_usage":64,"disk_usage":null,"load":0.25,"uptime":5,"updated_at":"2026-11-30T16:08:07.183722+00:00"}
]');
insert into "kept"."moorage_meta" select * from json_populate_recordset(null::"kept"."moorage_meta", '[
{"single":true,"owner":"o-7qhacaofpp56be6q","schema_version":2,"moorage_version":"0.1.0","events_pruned":0,"created_at":"2026-11-30T16:08:06.855792+00:00"}
]');
insert into "kept"."moorage_migrations" select * from json_populate_recordset(null::"kept"."moorage_migrations", '[
{"name":"0001-initial","timestamp":"2026-11-30T16:08:06.978Z"},
{"name":"0002-uptime-goes-on","timestamp":"2026-11-30T16:08:06.991Z"}
]');
insert into "kept"."moorage_migrations_lock" select * from json_populate_recordset(null::"kept"."moorage_migrations_lock", '[
{"id":"migration_lock","is_locked":0}
]');
insert into "kept"."moorage_scaling_events" overriding system value select * from json_populate_recordset(null::"kept"."moorage_scaling_events", '[
{"id":1,"deployment_id":"d-kept","tenant":"t","agent_id":"agent.sample","action":"scale_up","from_instances":0,"to_instances":1,"reason":"asked","created_at":"2026-09-21T14:13:20+00:00"}
]');
insert into "kept"."moorage_sequence" select * from json_populate_recordset(null::"kept"."moorage_sequence", '[
{"single":true,"events":3,"deployments":2,"usage":1}
]');
insert into "kept"."moorage_usage" select * from json_populate_recordset(null::"kept"."moorage_usage", '[
{"tenant":"t","id":"u-1","sequence":1,"agent_id":"agent.sample","action":"add","duration_ms":5,"at":1790000000000}
]');
select setval(pg_get_serial_sequence('"kept"."moorage_scaling_events"', 'id'), 1);

import type { Names } from '../names.js';

/**
 * How long something runs is reckoned from what a host wrote last, so that it need not be written again all the time.
 * Without news for twenty minutes it stands still: hosts write every ten at least.
 */
export function uptimeGoesOn({ of }: Names): string {
  return `
create or replace view ${of('containers')} as
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
    l.uptime + least(greatest(extract(epoch from now() - l.updated_at), 0), 1200)::double precision as uptime,
    d.created_at,
    greatest(d.updated_at, l.updated_at) as updated_at
  from ${of('moorage_deployments')} d
  left join ${of('moorage_live')} l on l.deployment_id = d.id;
`;
}

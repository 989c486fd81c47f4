import type { LiveFigures } from '@moorage/core/store';
import type { Queries } from './database.js';
import type { Names } from './names.js';

/** Figures of deployments that are gone meanwhile are left out. */
export async function recordLive(queries: Queries, names: Names, figures: readonly LiveFigures[]): Promise<void> {
  if (figures.length === 0) return;
  const column = <T>(read: (row: LiveFigures) => T | undefined) => figures.map((row) => read(row) ?? null);
  await queries.count(
    {
      name: 'record-live',
      text: `
        insert into ${names.of('moorage_live')}
          (deployment_id, address, health_url, health, cpu_usage, memory_usage, disk_usage, load, uptime)
        select distinct on (f.id) f.*
        from unnest(
          $1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::float8[], $8::float8[],
          $9::float8[]
        ) f(id, address, health_url, health, cpu, memory, disk, load, uptime)
        where exists (select from ${names.of('moorage_deployments')} d where d.id = f.id)
        order by f.id
        on conflict (deployment_id) do update set address = excluded.address, health_url = excluded.health_url,
          health = excluded.health, cpu_usage = excluded.cpu_usage, memory_usage = excluded.memory_usage,
          disk_usage = excluded.disk_usage, load = excluded.load, uptime = excluded.uptime, updated_at = now()`,
    },
    [
      column((row) => row.deploymentId),
      column((row) => row.address),
      column((row) => row.healthUrl),
      column((row) => row.health),
      column((row) => row.cpuPercent),
      column((row) => row.memoryMegabytes),
      column((row) => row.diskMegabytes),
      column((row) => row.load),
      column((row) => row.uptimeSeconds),
    ],
  );
}

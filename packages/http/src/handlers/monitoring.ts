import type { DeploymentHandle, LogLine } from '@moorage/core';
import { MoorageError, type ParsedParams } from '@moorage/protocol';
import type { Handlers } from '../call.js';
import { findTarget } from '../find-target.js';
import { instanceRecord } from '../records/instance-record.js';
import { healthCheckRecord, incidentRecord, logRecord, sampleRecord } from '../records/monitoring-records.js';
import { isoTimeOrNull } from '../records/time.js';

type MonitoringActions = 'health_check' | 'get_logs' | 'get_usage' | 'list_incidents' | 'list_instances';

/** Lines that are read unless the caller says how many. */
const defaultTail = 100;
const defaultHistory = 100;

/** Monitoring. */
export const monitoringHandlers: Pick<Handlers, MonitoringActions> = {
  health_check: async (params, { host }, access) => {
    const handle = await findTarget(host, params, access);
    const view = await handle.view();
    const checks = await handle.healthChecks(params.limit ?? defaultHistory);
    const [newest] = checks;
    return {
      data: {
        container_id: handle.id,
        status: newest?.status ?? null,
        health: view.health,
        response_time: newest?.responseTimeMs ?? view.responseTimeMs ?? null,
        load: newest?.load ?? view.load ?? null,
        error_message: newest?.errorMessage ?? view.lastError ?? null,
        checked_at: isoTimeOrNull(newest?.checkedAt),
        checks: checks.map(healthCheckRecord),
      },
    };
  },
  get_logs: async (params, call, access) => {
    if (params.follow) {
      throw new MoorageError(
        'invalid_argument',
        'follow is for GET /v1/containers/:container_id/logs: leave it out here',
        {
          operation: 'get_logs',
          context: { field: 'follow' },
        },
      );
    }
    const handle = await findTarget(call.host, params, access);
    const logs: ReturnType<typeof logRecord>[] = [];
    for await (const line of readLogs(handle, params, call.signal)) logs.push(logRecord(line));
    return { data: { container_id: handle.id, logs } };
  },
  get_usage: async (params, call, access) => {
    const handle = await findTarget(call.host, params, access);
    const samples = await handle.usage({ signal: call.signal });
    return { data: { container_id: handle.id, samples: samples.map(sampleRecord) } };
  },
  list_incidents: async (params, { host }, access) => {
    const handle = await findTarget(host, params, access);
    const incidents = await handle.incidents(params.limit ?? defaultHistory);
    return { data: { container_id: handle.id, incidents: incidents.map(incidentRecord) } };
  },
  list_instances: async (params, { host }, access) => {
    const handle = await findTarget(host, params, access);
    const view = await handle.view();
    return {
      data: { container_id: handle.id, instances: view.instances.map((instance) => instanceRecord(view, instance)) },
    };
  },
};

/** The lines that the params ask for, oldest first. */
export function readLogs(
  handle: DeploymentHandle,
  params: ParsedParams<'get_logs'>,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const since = params.since === undefined ? undefined : Date.parse(params.since);
  return handle.logs({
    follow: params.follow ?? false,
    tail: params.tail ?? defaultTail,
    since,
    instance: params.instance_id,
    signal,
  });
}

import type { HealthCheckRecord, Incident, LogLine, Measured, UsageSample } from '@moorage/core';
import type * as wire from '@moorage/protocol';
import { isoTime, isoTimeOrNull } from './time.js';

const mebibyte = 1024 * 1024;

/** Bytes in MiB; what an engine cannot tell stays told as such. */
function mebibytes(value: Measured): Measured {
  return value === 'unsupported' ? value : value / mebibyte;
}

export function sampleRecord(sample: UsageSample): wire.ResourceSampleRecord {
  return {
    instance_id: sample.instance,
    cpu_usage: sample.cpuPercent,
    memory_usage: mebibytes(sample.memoryBytes),
    disk_usage: mebibytes(sample.diskBytes),
    network_in: mebibytes(sample.networkInBytesPerSecond),
    network_out: mebibytes(sample.networkOutBytesPerSecond),
    at: isoTime(sample.at),
  };
}

export function logRecord(line: LogLine): wire.LogRecord {
  return { instance_id: line.instance, stream: line.stream, at: isoTimeOrNull(line.at), text: line.text };
}

export function incidentRecord(incident: Incident): wire.IncidentRecord {
  return {
    incident_id: incident.id,
    container_id: incident.deploymentId,
    customer_id: incident.tenant,
    instance_id: incident.instance,
    reason: incident.reason,
    message: incident.message,
    exit_code: incident.exit?.code ?? null,
    signal: incident.exit?.signal ?? null,
    oom: incident.exit?.oom ?? false,
    logs: incident.logs.map(logRecord),
    samples: incident.samples.map(sampleRecord),
    created_at: isoTime(incident.at),
  };
}

export function healthCheckRecord(check: HealthCheckRecord): wire.HealthCheckRecord {
  return {
    container_id: check.deploymentId,
    instance_id: check.instance,
    status: check.status,
    response_time: check.responseTimeMs,
    load: check.load ?? null,
    error_message: check.errorMessage ?? null,
    checked_at: isoTime(check.checkedAt),
  };
}

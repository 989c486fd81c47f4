import type { DeploymentView, InstanceView } from '@moorage/core';
import type { InstanceRecord } from '@moorage/protocol';
import { isoTimeOrNull } from './time.js';

export function instanceRecord(view: DeploymentView, instance: InstanceView): InstanceRecord {
  const { observed } = instance;
  return {
    container_id: observed.deploymentId,
    instance_id: observed.name,
    agent_id: view.record.desired.agentId,
    customer_id: observed.tenant,
    ordinal: observed.ordinal,
    attempt: observed.attempt,
    state: observed.state,
    health: instance.health,
    response_time: instance.responseTimeMs ?? null,
    load: instance.load ?? null,
    error_message: instance.lastError ?? null,
    exit_code: observed.exit?.code ?? null,
    signal: observed.exit?.signal ?? null,
    oom: observed.exit?.oom ?? false,
    created_at: isoTimeOrNull(observed.createdAt),
    started_at: isoTimeOrNull(observed.startedAt),
  };
}

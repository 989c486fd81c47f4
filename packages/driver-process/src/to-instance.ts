import type { InstanceExit, InstanceState, ObservedInstance } from '@moorage/core/driver';
import type { InstanceFiles, StatusRecord } from './records.js';

/** What the process table says of an instance's two processes. */
export interface ProcessFacts {
  readonly shimAlive: boolean;
  /** Undefined: no such process any more. */
  readonly agent: 'running' | 'suspended' | undefined;
  /** A live process is at its removal. */
  readonly removing: boolean;
  /** The life of the machine now; see `ProcessIdentity.boot`. */
  readonly boot: string;
}

/** One instance as the host sees it, from its folder and the process table. */
export function toInstance(files: InstanceFiles, facts: ProcessFacts): ObservedInstance {
  const { record, status } = files;
  const state = facts.removing ? 'removing' : stateOf(status, facts);
  return {
    kind: record.kind,
    name: record.name,
    tenant: record.tenant,
    deploymentId: record.deploymentId,
    ordinal: record.ordinal,
    attempt: record.attempt,
    templateHash: record.templateHash,
    restartEpoch: record.restartEpoch,
    state,
    endpoint: state === 'running' || state === 'paused' ? { host: '127.0.0.1', port: record.port } : undefined,
    createdAt: record.createdAt,
    startedAt: status?.startedAt,
    exit: state === 'exited' && status ? exitOf(status, facts) : undefined,
  };
}

function stateOf(status: StatusRecord | undefined, facts: ProcessFacts): InstanceState {
  if (!status) return 'creating';
  if (status.phase === 'exited' || !facts.shimAlive) return 'exited';
  if (status.phase === 'stopped') return 'stopped';
  return facts.agent === 'suspended' ? 'paused' : 'running';
}

function exitOf(status: StatusRecord, facts: ProcessFacts): InstanceExit {
  if (status.exit) {
    const { code, signal, oom, at, message } = status.exit;
    return { code, signal, oom, at, message };
  }
  const message =
    status.shim.boot !== facts.boot
      ? 'The machine was restarted'
      : 'The process that watches over the agent was killed, so how the agent ended is not known';
  return { code: undefined, signal: undefined, oom: false, at: undefined, message };
}

import { constants } from 'node:os';
import type { Endpoint, EpochMs, InstanceExit, InstanceState, ObservedInstance } from '@moorage/core/driver';
import type { ContainerDetails, ContainerState, ContainerSummary } from './engine-types.js';
import { label, parkedSuffix } from './labels.js';

/**
 * One entry of the engine's list as an instance. Undefined for what carries our labels and yet is none of ours: a
 * container that somebody made from a copy has another name than its label says. `details` tell what the list does not:
 * times and exit.
 */
export function toInstance(
  container: ContainerSummary,
  details: ContainerDetails | undefined,
  engineHost: string,
): ObservedInstance | undefined {
  const { Labels: labels } = container;
  const name = labels[label.name];
  const kind = labels[label.kind];
  const containerName = container.Names[0]?.slice(1);
  if (name === undefined || (kind !== 'agent' && kind !== 'run')) return undefined;
  const parked = containerName === name + parkedSuffix;
  if (!parked && containerName !== name) return undefined;
  const state = toState(container.State, parked);
  return {
    kind,
    name,
    tenant: labels[label.tenant] ?? '',
    deploymentId: labels[label.deployment] ?? '',
    ordinal: Number(labels[label.ordinal]),
    attempt: Number(labels[label.attempt]),
    templateHash: labels[label.hash] ?? '',
    restartEpoch: Number(labels[label.restart]),
    state,
    endpoint: state === 'running' ? toEndpoint(container, engineHost) : undefined,
    createdAt: (details && toEpochMs(details.Created)) ?? container.Created * 1000,
    startedAt: details && toEpochMs(details.State.StartedAt),
    exit: state === 'exited' && details ? toExit(details.State) : undefined,
  };
}

function toState(engineState: string, parked: boolean): InstanceState {
  switch (engineState) {
    case 'created':
      return 'creating';
    case 'running':
    case 'restarting':
      return 'running';
    case 'paused':
      return 'paused';
    case 'exited':
      return parked ? 'stopped' : 'exited';
    // A removal that broke off, as when the engine was killed: nobody goes on with it, so it has to be asked for again.
    // One that is under way is `removing`, also in its last steps.
    case 'dead':
      return 'exited';
    default:
      return 'removing';
  }
}

/** The published port where there is one, else the container's own address in its network without egress. */
function toEndpoint(container: ContainerSummary, engineHost: string): Endpoint | undefined {
  const inside = Number(container.Labels[label.port]);
  const published = container.Ports.find((port) => port.PrivatePort === inside && port.PublicPort !== undefined);
  if (published?.PublicPort !== undefined) {
    const everywhere = published.IP === undefined || published.IP === '0.0.0.0' || published.IP === '::';
    return { host: everywhere ? engineHost : (published.IP ?? engineHost), port: published.PublicPort };
  }
  const address = Object.values(container.NetworkSettings?.Networks ?? {}).find(
    (network) => network.IPAddress,
  )?.IPAddress;
  return address ? { host: address, port: inside } : undefined;
}

/** The engine reports an end by signal as 128 and the signal's number. */
function toExit(state: ContainerState): InstanceExit {
  return {
    code: state.ExitCode,
    signal: state.OOMKilled ? 'SIGKILL' : signalName(state.ExitCode - 128),
    oom: state.OOMKilled,
    at: toEpochMs(state.FinishedAt),
    message: state.Error === '' ? undefined : state.Error,
  };
}

function signalName(signal: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === signal)?.[0];
}

/** The engine writes the year 1 for what has not happened. */
function toEpochMs(time: string): EpochMs | undefined {
  const at = Date.parse(time);
  return at > 0 ? at : undefined;
}

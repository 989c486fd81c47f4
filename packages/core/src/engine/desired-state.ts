import { isMoorageError, MoorageError } from '@moorage/protocol/base';
import {
  checkReplicas,
  type DesiredChange,
  deleteNow,
  parkAt,
  restartNow,
  scaleTo,
  unparkNow,
  updateTo,
} from '../decide/change-desired.js';
import type { Access, DeployOptions } from '../host-types.js';
import type { DeploymentRecord, DesiredState, ParkDepth } from '../model/deployment.js';
import type { HostEventType } from '../model/events.js';
import type { DeploymentId } from '../model/ids.js';
import type { ScalingRange } from '../model/scaling.js';
import type { Commit } from '../ports/store.js';
import { type Deployed, deploy } from './deploy.js';
import type { HostContext } from './host-context.js';
import { notFound, settleCommit } from './settle-commit.js';
import { versionOf } from './version-of.js';

/** Tries of one change against a store in which others write too. */
const commitTries = 8;

/**
 * The one writer of what is wanted. Each change is one commit under the revision that was read, with its events and its
 * audit record; nothing here calls the engine.
 */
export interface DesiredStates {
  deploy(input: unknown, options: DeployOptions): Promise<Deployed>;
  /** Returns the warnings of the manifest. */
  update(id: DeploymentId, input: unknown, access: Access): Promise<readonly string[]>;
  scale(
    id: DeploymentId,
    instances: number,
    access: Access & { readonly reason?: string | undefined },
  ): Promise<{ from: number; to: number }>;
  park(id: DeploymentId, depth: ParkDepth | undefined, access: Access): Promise<void>;
  unpark(id: DeploymentId, access: Access): Promise<void>;
  restart(id: DeploymentId, access: Access): Promise<void>;
  remove(id: DeploymentId, access: Access): Promise<void>;
  /** The record as the store has it. Errors: `not_found`, also for another tenant's. */
  read(id: DeploymentId, access: Access): Promise<DeploymentRecord>;
}

export function createDesiredStates(context: HostContext): DesiredStates {
  const read = (id: DeploymentId, access: Access) => readRecord(context, id, access);
  const change: Change = (id, access, words, decide) => changeWish(context, id, access, words, decide);

  return {
    read,
    deploy: (input, options) => deploy(context, input, options),
    async update(id, input, access) {
      let told: readonly string[] = [];
      await change(id, access, { type: 'deployment-updated', action: 'update' }, (record) => {
        const { version, warnings } = versionOf(context, input, id, record.desired);
        told = warnings;
        const { manifest } = version;
        if (manifest.agent_id !== record.desired.agentId) {
          throw new MoorageError(
            'invalid_argument',
            `Cannot update "${record.desired.agentId}": agent_id is "${manifest.agent_id}"; deploy another agent instead`,
            { operation: 'deployment.update', context: { field: 'agent_id' } },
          );
        }
        return updateTo(version, record.desired.parked === false ? record.status.wantedInstances : undefined);
      });
      return told;
    },
    async scale(id, instances, access) {
      const to = checkReplicas(instances);
      const words: Words = { type: 'deployment-scaled', action: 'scale', cause: access.reason };
      const { before, after } = await change(id, access, words, ({ desired }) => {
        if (desired.scaling) throw ranged(desired, desired.scaling);
        return scaleTo(to);
      });
      return { from: before.desired.replicas, to: after.desired.replicas };
    },
    async park(id, depth, access) {
      const wanted = parkDepth(context, depth);
      await change(id, access, { type: 'deployment-updated', action: 'park' }, (record) =>
        parkAt(wanted ?? record.desired.manifest.runtime?.state?.park ?? deepest(context)),
      );
    },
    async unpark(id, access) {
      await change(id, access, { type: 'deployment-unparked', action: 'unpark' }, () => unparkNow);
    },
    async restart(id, access) {
      await change(id, access, { type: 'deployment-restarted', action: 'restart' }, () => restartNow);
    },
    async remove(id, access) {
      await change(id, access, { type: 'deployment-deleting', action: 'delete' }, () => deleteNow);
    },
  };
}

type Decide = (record: DeploymentRecord) => DesiredChange;
type Changed = { readonly before: DeploymentRecord; readonly after: DeploymentRecord };
type Change = (id: DeploymentId, access: Access, words: Words, decide: Decide) => Promise<Changed>;

async function readRecord(context: HostContext, id: DeploymentId, access: Access): Promise<DeploymentRecord> {
  const record = await context.store.read(id);
  if (!record || (access.tenant !== undefined && record.desired.tenant !== access.tenant)) throw notFound(id);
  context.cache.put(record);
  return context.cache.get(id) ?? record;
}

async function changeWish(
  context: HostContext,
  id: DeploymentId,
  access: Access,
  words: Words,
  decide: Decide,
): Promise<Changed> {
  for (let turn = 1; ; turn += 1) {
    const before = await readRecord(context, id, access);
    if (before.desired.deletedAt !== undefined && words.action !== 'delete') throw notFound(id);
    const desired = decide(before)(before.desired, context.clock.now());
    if (!desired) return { before, after: before };
    try {
      const result = await context.store.commit(commitOf(context, before, desired, access, words));
      await context.crash('desired-committed', id);
      settleCommit(context, id, desired.tenant, result);
      if (!result.record) throw notFound(id);
      return { before, after: result.record };
    } catch (thrown) {
      if (!isMoorageError(thrown) || thrown.code !== 'conflict' || turn >= commitTries) throw thrown;
      context.cache.forget(id);
    }
  }
}

interface Words {
  readonly type: HostEventType;
  readonly action: string;
  readonly cause?: string | undefined;
}

function commitOf(
  context: HostContext,
  before: DeploymentRecord,
  desired: DesiredState,
  access: Access,
  words: Words,
): Commit {
  const actor = access.actor ?? access.tenant ?? 'operator';
  const { id, tenant, agentId } = desired;
  const from = before.desired.replicas;
  const to = desired.replicas;
  const cause = words.cause ?? `asked for by ${actor}`;
  const details = { generation: desired.generation, ...(from === to ? {} : { from, to }) };
  const message = from === to ? `${words.action}: ${cause}` : `${words.action} from ${from} to ${to}: ${cause}`;
  return {
    deploymentId: id,
    expectedRevision: before.revision,
    desired,
    quota: context.quotaOf(tenant),
    events: [{ type: words.type, deploymentId: id, tenant, agentId, message, data: details }],
    audit: [{ actor, action: words.action, cause, details }],
    ...(from === to
      ? {}
      : {
          scaling: [
            {
              deploymentId: id,
              tenant,
              agentId,
              action: to > from ? ('scale_up' as const) : ('scale_down' as const),
              fromInstances: from,
              toInstances: to,
              reason: cause,
              createdAt: desired.updatedAt,
            },
          ],
        }),
  };
}

function ranged({ agentId }: DesiredState, { min, max }: ScalingRange): MoorageError {
  return new MoorageError(
    'conflict',
    `Cannot scale "${agentId}" by hand: the engine's autoscaler keeps ${min} to ${max} instances, as runtime.scaling says; update the manifest with another range or without one, or park it`,
    { operation: 'deployment.scale', retryable: false, context: { field: 'runtime.scaling', min, max } },
  );
}

function parkDepth(context: HostContext, depth: ParkDepth | undefined): ParkDepth | undefined {
  const can = context.parkDepths;
  if (can.length === 0) {
    throw new MoorageError(
      'unsupported',
      `Cannot park: the driver "${context.driver.name}" has no way to; scale to 0 instead`,
      {
        operation: 'deployment.park',
      },
    );
  }
  if (depth === undefined || can.includes(depth)) return depth;
  throw new MoorageError(
    'unsupported',
    `Cannot park at the depth "${depth}": the driver "${context.driver.name}" can ${can.join(' and ')}`,
    { operation: 'deployment.park', context: { field: 'depth', allowed: can } },
  );
}

function deepest(context: HostContext): ParkDepth {
  return context.parkDepths.includes('pause') ? 'pause' : 'stop';
}

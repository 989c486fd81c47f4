import type { Access, DeploymentHandle, DeploymentView } from '@moorage/core';
import { type ActionResult, isMoorageError, MoorageError } from '@moorage/protocol';
import { withAgentEnv } from '../agent-env.js';
import type { Call, Handler, Outcome } from '../call.js';
import { containerRecord } from '../records/container-record.js';
import { manifestToCreate, manifestToUpdate } from '../short-manifest.js';
import { requireImage } from '../tenant-wall.js';
import { readyWithin } from '../wait-for.js';
import { waitPreference } from '../wait-preference.js';

type Deployed = ActionResult<'create_container'>;

/** Deploys and waits for health; the caller may end the waiting, which does not end the deployment. */
export const createContainer: Handler<'create_container'> = async (params, call, access) => {
  // First of all: a bad preference must not leave a deployment behind.
  const wait = waitOf(params.wait_ms, call);
  const document = manifestToCreate(params);
  requireImage(call.principal, document);
  const tenant = params.customer_id;
  const manifest = withAgentEnv(document, call.agentEnv?.({ tenant, agentId: String(document.agent_id) }) ?? []);
  const handle = await call.host.deploy(manifest, {
    tenant,
    actor: access.actor,
    name: params.name,
    idempotencyKey: call.idempotencyKey,
  });
  const { created, warnings } = handle;
  return settle(handle, { created, warnings: [...warnings] }, wait, call);
};

/** A roll-out of another manifest, or of the present one with parts replaced. */
export const updateContainer: (
  handle: DeploymentHandle,
  params: Parameters<Handler<'update_container'>>[0],
  call: Call,
  access: Access,
) => Promise<Outcome<Deployed>> = async (handle, params, call, access) => {
  const wait = waitOf(params.wait_ms, call);
  const { record } = await handle.view();
  const added = call.agentEnv?.({ tenant: handle.tenant, agentId: handle.agentId }) ?? [];
  const supplied = new Set(added.map((variable) => variable.name));
  const manifest = withAgentEnv(manifestToUpdate(params, record.desired.manifest, supplied), added);
  requireImage(call.principal, manifest);
  const { deployment, warnings } = await handle.update(manifest, access);
  return settle(deployment, { created: false, warnings: [...warnings] }, wait, call);
};

interface Wait {
  readonly ms: number;
  /** The caller chose it: when it is over, the answer is where to look, and no error. */
  readonly chosen: boolean;
}

function waitOf(waitMs: number | undefined, call: Call): Wait {
  const chosen = waitMs !== undefined || /respond-async|wait/i.test(call.prefer ?? '');
  return { ms: waitPreference(waitMs, call.prefer), chosen };
}

/** Its phase may still be the one of the version before. */
function isReady({ phase, record: { desired, status } }: DeploymentView): boolean {
  return phase === 'ready' && status.observedGeneration === desired.generation;
}

async function settle(
  handle: DeploymentHandle,
  told: Pick<Deployed, 'created' | 'warnings'>,
  wait: Wait,
  call: Call,
): Promise<Outcome<Deployed>> {
  const location = `/v1/containers/${handle.id}`;
  const ready = await readyWithin(handle, wait.ms, call.signal).catch((thrown: unknown) => {
    throw withContainerId(thrown, handle.id);
  });
  const view = await handle.view();
  const data = { ...containerRecord(view, Date.now()), ...told };
  if (ready || isReady(view)) return { data, location, status: told.created ? 201 : 200 };
  if (wait.chosen) return { data, location, status: 202 };
  throw withContainerId(
    new MoorageError('timeout', `"${handle.agentId}" is not healthy after ${wait.ms} ms: ${view.reason}`, {
      operation: 'create_container',
      context: { way_out: `GET ${location}` },
    }),
    handle.id,
  );
}

/** The error with the id of what stays for inspection. */
function withContainerId(thrown: unknown, id: string): unknown {
  if (!isMoorageError(thrown)) return thrown;
  return new MoorageError(thrown.code, thrown.message, {
    ...(thrown.operation === undefined ? {} : { operation: thrown.operation }),
    retryable: thrown.retryable,
    context: { ...thrown.context, container_id: id },
    cause: thrown.cause,
  });
}

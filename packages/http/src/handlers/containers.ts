import type { Access, DeploymentView, Host } from '@moorage/core';
import type { ContainerRecord, ParsedParams } from '@moorage/protocol';
import type { Call, Handlers } from '../call.js';
import { findTarget, type Reference } from '../find-target.js';
import { containerRecord, statusOf } from '../records/container-record.js';
import { goneWithin, parkedWithin, readyWithin } from '../wait-for.js';
import { createContainer, updateContainer } from './create-container.js';

type ContainerActions =
  | 'create_container'
  | 'list_containers'
  | 'get_container'
  | 'update_container'
  | 'delete_container'
  | 'stop_container'
  | 'start_container'
  | 'restart_container'
  | 'park_container'
  | 'unpark_container';

type Waiting = Reference & { readonly wait_ms?: number | undefined };

/** Container management. */
export const containerHandlers: Pick<Handlers, ContainerActions> = {
  create_container: createContainer,
  list_containers: async (params, { host }, access) => ({ data: await list(host, params, access) }),
  get_container: async (params, { host }, access) => ({
    data: record(await (await findTarget(host, params, access)).view()),
  }),
  update_container: async (params, call, access) =>
    updateContainer(await findTarget(call.host, params, access), params, call, access),
  delete_container: async (params, call, access) => {
    const handle = await findTarget(call.host, params, access);
    await handle.remove(access);
    const deleted = await goneWithin(handle, params.wait_ms ?? 0, call.signal);
    return { data: { container_id: handle.id, deleted }, ...(deleted ? {} : { status: 202 }) };
  },
  stop_container: (params, call, access) => park(params, stopDepth(call.host), call, access),
  park_container: (params, call, access) => park(params, params.depth, call, access),
  start_container: (params, call, access) => unpark(params, call, access),
  unpark_container: (params, call, access) => unpark(params, call, access),
  restart_container: async (params, call, access) => {
    const handle = await findTarget(call.host, params, access);
    await handle.restart(access);
    await readyWithin(handle, params.wait_ms ?? 0, call.signal);
    return { data: record(await handle.view()) };
  },
};

function record(view: DeploymentView): ContainerRecord {
  return containerRecord(view, Date.now());
}

/** To stop is to free the memory too, where the engine can keep the rest; else the deepest that it can. */
function stopDepth(host: Host): 'stop' | undefined {
  return host.driver.capabilities.park.includes('stop') ? 'stop' : undefined;
}

async function park(params: Waiting, depth: 'pause' | 'stop' | undefined, call: Call, access: Access) {
  const handle = await findTarget(call.host, params, access);
  await handle.park(depth, access);
  await parkedWithin(handle, params.wait_ms ?? 0, call.signal);
  return { data: record(await handle.view()) };
}

async function unpark(params: Waiting, call: Call, access: Access) {
  const handle = await findTarget(call.host, params, access);
  await handle.unpark(access);
  await readyWithin(handle, params.wait_ms ?? 0, call.signal);
  return { data: record(await handle.view()) };
}

const pagesAtMost = 20;

/**
 * One page. Status and health are judged here, on what the host knows now: a page may be shorter than its limit, or
 * empty, and still have a next one.
 */
async function list(host: Host, params: ParsedParams<'list_containers'>, access: Access) {
  const limit = params.limit ?? 100;
  const filtered = params.status !== undefined || params.health !== undefined;
  const containers: ContainerRecord[] = [];
  let after = params.after;
  for (let page = 0; page < pagesAtMost; page += 1) {
    const want = { after, limit: limit - containers.length };
    const { items, next } = await host.list({ ...access, agentId: params.agent_id, name: params.name }, want);
    const kept = items.filter((view) => matches(view, params));
    containers.push(...kept.map(record));
    after = next;
    if (next === undefined || !filtered || containers.length >= limit) break;
  }
  return { containers, next: after ?? null };
}

function matches(view: DeploymentView, { status, health }: ParsedParams<'list_containers'>): boolean {
  return (status === undefined || statusOf(view) === status) && (health === undefined || view.health === health);
}

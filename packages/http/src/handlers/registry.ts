import type { DeploymentView } from '@moorage/core';
import { capabilityNames } from '@moorage/protocol';
import type { Handlers } from '../call.js';
import { findTarget } from '../find-target.js';
import { addressRecord, discoveredAgent } from '../records/registry-records.js';
import { readyWithin } from '../wait-for.js';

type RegistryActions = 'get_address' | 'discover_agent' | 'scale_agent';

/** Where agents are, which can do what, and how many of each there are. */
export const registryHandlers: Pick<Handlers, RegistryActions> = {
  get_address: async (params, { host }, access) => ({
    data: addressRecord(await (await findTarget(host, params, access)).view()),
  }),
  discover_agent: async (params, { host }, access) => {
    const views = await host.discover(params.capability, access);
    return { data: { agents: views.filter((view) => hasAll(view, params.tags ?? [])).map(discoveredAgent) } };
  },
  scale_agent: async (params, call, access) => {
    const handle = await findTarget(call.host, params, access);
    const reason = params.reason ?? `asked for by ${access.actor}`;
    const { from, to } = await handle.scale(params.instances, { ...access, reason });
    await readyWithin(handle, params.wait_ms ?? 0, call.signal);
    return { data: { container_id: handle.id, from, to, reason } };
  },
};

function hasAll(view: DeploymentView, tags: readonly string[]): boolean {
  const names = new Set(capabilityNames(view.record.desired.manifest));
  return tags.every((tag) => names.has(tag));
}

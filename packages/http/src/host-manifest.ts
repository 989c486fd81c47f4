import { actions, type Manifest } from '@moorage/protocol';

/** Who the host is and who watches over it. */
export interface HostManifestOptions {
  /** Middle part of the host's id `agent.<namespace>.hosting-orchestrator`. [moorage] */
  readonly namespace?: string | undefined;
  /** The independent person who oversees it. [an operator that nobody has named yet] */
  readonly oversight?: { readonly type?: string | undefined; readonly id: string } | undefined;
}

/** The actions that the host offers as tools, with the category of each. */
const toolCategories = {
  create_container: 'container-management',
  stop_container: 'container-management',
  delete_container: 'container-management',
  health_check: 'monitoring',
  get_address: 'registry',
  scale_agent: 'auto-scaling',
} as const;

/** The host's own manifest: it is an agent itself. */
export function hostManifest({ namespace = 'moorage', oversight }: HostManifestOptions, version: string): Manifest {
  const tools = Object.entries(toolCategories) as [keyof typeof toolCategories, string][];
  return {
    agent_id: `agent.${namespace}.hosting-orchestrator`,
    name: 'Hosting Orchestrator',
    version,
    status: 'active',
    description: 'Runs agents for customers: starts them, watches their health, scales them and gives them addresses.',
    capabilities: ['container-management', 'health-monitoring', 'auto-scaling', 'address-registry'],
    ethics: {
      framework: 'harm-minimization',
      hard_constraints: ['no_unauthorized_access', 'no_data_leakage', 'customer_isolation'],
    },
    desires: {
      profile: [
        { id: 'reliability', weight: 0.4 },
        { id: 'performance', weight: 0.3 },
        { id: 'security', weight: 0.3 },
      ],
    },
    tools: tools.map(([name, category]) => ({ name, category, description: actions[name].description })),
    authority: {
      instruction: { type: 'agent', id: 'agent.marketplace.orchestrator' },
      oversight: { type: oversight?.type ?? 'human', id: oversight?.id ?? 'operator', independent: true },
    },
    authentication: { required: true, scopes_required: ['container:manage'] },
  };
}

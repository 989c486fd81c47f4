import { MoorageError } from '@moorage/protocol/base';
import type { Template } from '../model/template.js';

/** The part of a driver's capabilities that a template can need. */
export interface NeededCapabilities {
  readonly isolation: boolean;
  readonly sources: readonly string[];
  readonly limits: { readonly cpu: boolean; readonly memory: boolean; readonly disk: boolean; readonly pids: boolean };
  readonly egressControl: boolean;
  readonly volumes: boolean;
}

/**
 * The first thing that the template asks for and the driver cannot give, as an `unsupported` error naming both and the
 * way out.
 */
export function checkCapabilities(
  template: Template,
  capabilities: NeededCapabilities,
  driver: string,
): MoorageError | undefined {
  for (const need of needs(template, capabilities)) {
    if (need.met) continue;
    return new MoorageError(
      'unsupported',
      `Cannot deploy "${template.agentId}" on the driver "${driver}": ${need.field} needs ${need.feature}, which it has not; ${need.wayOut}`,
      { operation: 'host.deploy', context: { driver, field: need.field, feature: need.feature } },
    );
  }
  return undefined;
}

interface Need {
  readonly met: boolean;
  readonly field: string;
  readonly feature: string;
  readonly wayOut: string;
}

function needs(template: Template, has: NeededCapabilities): Need[] {
  const limit = (name: 'cpu' | 'memory' | 'disk' | 'pids', wanted: unknown): Need => ({
    met: wanted === undefined || has.limits[name],
    field: `runtime.resources.${name}`,
    feature: `an enforced ${name} limit`,
    wayOut: 'leave the limit out, or use a driver that enforces it',
  });
  const fields = { image: 'runtime.image', build: 'runtime.build', program: 'runtime.entrypoint' } as const;
  const kind = template.source.kind;
  return [
    {
      met: has.sources.includes(kind),
      field: fields[kind],
      feature: `agents from ${kind === 'program' ? 'a local program' : kind === 'build' ? 'a build context' : 'an image'}`,
      wayOut: `give ${has.sources.map((source) => fields[source as keyof typeof fields] ?? source).join(' or ')}`,
    },
    {
      met: !template.isolated || has.isolation,
      field: 'runtime.network.isolated',
      feature: 'walls between tenants',
      wayOut: 'use Docker or Kubernetes, or set it to false for code that you trust',
    },
    {
      met: template.egress !== 'none' || has.egressControl,
      field: 'runtime.network.egress',
      feature: 'control of outgoing traffic',
      wayOut: 'set it to "internet", or use a driver that controls it',
    },
    {
      met: template.volumes.length === 0 || has.volumes,
      field: 'runtime.state.volumes',
      feature: 'volumes',
      wayOut: 'leave the volumes out, or use a driver that has them',
    },
    limit('cpu', template.resources.cpuMillis),
    limit('memory', template.resources.memoryBytes),
    limit('disk', template.resources.diskBytes),
    limit('pids', template.resources.pids),
  ];
}

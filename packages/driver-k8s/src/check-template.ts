import { type DriverCapabilities, MoorageError, type Template } from '@moorage/core/driver';

/** The part of a template that asks for something which a cluster may not have. */
type Asked = Pick<Template, 'source' | 'resources' | 'isolated' | 'egress' | 'volumes' | 'user'>;

/** Refuses what this driver cannot give, for good, with the way out. The host asks the capabilities before. */
export function checkTemplate(asked: Asked, capabilities: DriverCapabilities, operation: string): void {
  const { source, resources, isolated, egress, volumes, user } = asked;
  const verify = 'have the cluster looked at with verifyPolicies, and give its answer as "policies"';
  const wants: readonly (readonly [boolean, string, string])[] = [
    [
      source.kind !== 'image',
      `a source of kind "${source.kind}"`,
      'give runtime.image, an image that the cluster can pull',
    ],
    [resources.pids !== undefined, 'resources.pids', 'leave it out: the limit is set for the node, by its kubelet'],
    [
      isolated && !capabilities.isolation,
      'network.isolated, and this cluster is not known to enforce policies',
      verify,
    ],
    [
      egress === 'none' && !capabilities.egressControl,
      'network.egress "none", and this cluster is not known to enforce policies',
      verify,
    ],
    [
      volumes.length > 0 && !capabilities.volumes,
      'state.volumes',
      'give the driver the option "volumes", or leave them out',
    ],
  ];
  for (const [wanted, what, wayOut] of wants) {
    if (!wanted) continue;
    throw new MoorageError('unsupported', `Cannot run this on Kubernetes: it asks for ${what}; ${wayOut}`, {
      operation,
      context: { driver: 'kubernetes', feature: what },
    });
  }
  const uid = Number(user.split(':')[0]);
  if (Number.isInteger(uid) && uid > 0) return;
  throw new MoorageError(
    'invalid_argument',
    `Cannot run this on Kubernetes as user "${user}": the namespace takes numeric users other than 0 only; set runtime.user`,
    { operation, context: { field: 'runtime.user', value: user } },
  );
}

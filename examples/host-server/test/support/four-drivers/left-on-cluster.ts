import { kubectl } from '../kubectl.js';

const kinds = [
  'namespaces',
  'resourcequotas',
  'secrets',
  'services',
  'pods',
  'deployments',
  'jobs',
  'networkpolicies',
  'poddisruptionbudgets',
  'horizontalpodautoscalers',
  'persistentvolumeclaims',
];

/** Names of all that carries the owner's label. */
export async function leftOnCluster(owner: string): Promise<readonly string[]> {
  const named = await kubectl(['get', kinds.join(), '--all-namespaces', '-l', `moorage.owner=${owner}`, '-o', 'name']);
  return named.split('\n').filter(Boolean);
}

/** What the driver does with one resource of the cluster. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

const all = ['get', 'list', 'watch', 'create', 'patch', 'delete'] as const;

/** Every right without which the driver cannot work: the shipped role, but for what it can do without. */
export const rights: readonly Right[] = [
  { group: '', resource: 'namespaces', verbs: all },
  { group: '', resource: 'resourcequotas', verbs: ['get', 'list', 'watch', 'create', 'patch'] },
  { group: '', resource: 'services', verbs: all },
  { group: '', resource: 'secrets', verbs: ['create', 'patch', 'delete'] },
  { group: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  { group: '', resource: 'pods/log', verbs: ['get'] },
  { group: 'apps', resource: 'deployments', verbs: all },
  { group: 'batch', resource: 'jobs', verbs: all },
  { group: 'networking.k8s.io', resource: 'networkpolicies', verbs: all },
  { group: 'policy', resource: 'poddisruptionbudgets', verbs: all },
  { group: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: all },
];

/** A rule as the cluster tells it of whoever asks. */
export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
}

/** Which of the needed rights the rules do not give. A rule for certain names gives none. Pure. */
export function lackingRights(rules: readonly ResourceRule[], needed: readonly Right[]): readonly Right[] {
  return needed.flatMap(({ group, resource, verbs }) => {
    const lacking = verbs.filter((verb) => !rules.some((rule) => gives(rule, group, resource, verb)));
    return lacking.length === 0 ? [] : [{ group, resource, verbs: lacking }];
  });
}

function gives(rule: ResourceRule, group: string, resource: string, verb: string): boolean {
  const has = (list: readonly string[] | undefined, value: string) => list?.includes(value) || list?.includes('*');
  const below = resource.includes('/') && rule.resources?.includes(`*/${resource.split('/')[1]}`);
  return Boolean(
    !rule.resourceNames?.length &&
      has(rule.verbs, verb) &&
      has(rule.apiGroups, group) &&
      (has(rule.resources, resource) || below),
  );
}

/** As a person reads it: `"create", "patch" for "deployments.apps"`. */
export function rightWords({ group, resource, verbs }: Right): string {
  const [name, sub] = resource.split('/');
  const full = `${name}${group === '' ? '' : `.${group}`}${sub === undefined ? '' : `/${sub}`}`;
  return `${verbs.map((verb) => `"${verb}"`).join(', ')} for "${full}"`;
}

interface Refusal {
  readonly pattern: RegExp;
  readonly words: string;
  readonly wayOut: string;
}

const refusals: readonly Refusal[] = [
  {
    pattern: /exceeded quota/,
    words: "The tenant's quota on the cluster is used up",
    wayOut: 'Raise the quota, or remove something of the tenant',
  },
  {
    pattern: /failed quota/,
    words: "The tenant's quota on the cluster asks for limits",
    wayOut: 'Set runtime.resources',
  },
  {
    pattern: /violates PodSecurity/,
    words: 'The cluster does not let it run, by its Pod Security',
    wayOut: 'Have whoever runs the cluster look at the level of the namespace',
  },
  {
    pattern: /RuntimeClass|runtimeclass/,
    words: 'The cluster has not the RuntimeClass that the driver was told',
    wayOut: 'Make it on the cluster, or give another runtimeClassName',
  },
  {
    pattern: /service ?account/,
    words: 'The namespace has no service account',
    wayOut: 'The cluster makes one for each namespace: see that its controllers run',
  },
  {
    pattern: /admission webhook|denied the request|ValidatingAdmissionPolicy/,
    words: "The cluster's admission refused it",
    wayOut: 'Change what it asks for, or that rule of the cluster',
  },
  {
    pattern: /maximum .* usage per|minimum .* usage per/,
    words: 'Its limits are not those that the namespace takes',
    wayOut: 'Change runtime.resources, or the LimitRange of the namespace',
  },
];

/** Why the cluster did not let a pod be made, in the words of its own refusal and with the way out. Pure. */
export function refusedPod(message: string): string {
  const told = message
    .replace(/^Error creating: /, '')
    .replace(/^pods "[^"]*" is forbidden: /, '')
    .replace(/^error looking up [^:]*: /, '')
    .replace(/^pod rejected: /, '');
  const known = refusals.find(({ pattern }) => pattern.test(message));
  return known ? `${known.words}: ${told}. ${known.wayOut}` : `The cluster cannot make a pod: ${told}`;
}

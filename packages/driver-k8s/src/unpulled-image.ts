/** What a registry or a node answers, and what to do then. */
const answers: readonly (readonly [RegExp, string])[] = [
  [/ErrImageNeverPull|not present with pull policy/, 'Load it on the nodes, or give another imagePullPolicy'],
  [/InvalidImageName|couldn't parse|invalid reference/, 'Write it as registry/name:tag'],
  [
    /unauthorized|authentication required|denied|forbidden|no basic auth/i,
    'Give the driver imagePullSecrets, or check the name',
  ],
  [/not found|manifest unknown|no such manifest|does not exist/i, 'Check its name and tag'],
  [
    /no such host|i\/o timeout|connection refused|dial tcp|TLS|x509|EOF/,
    'Its registry cannot be reached from the node',
  ],
  [/toomanyrequests|rate limit/i, 'Its registry lets no more be pulled for now'],
  [/no space left/, 'The node has no space left'],
];

/** Why an image is not there. `told`: the container's own state; `event`: the registry's reason, where it was read. Pure. */
export function unpulledImage(image: string, told: { reason: string; message: string }, event: string | undefined) {
  // A state may say only that it is tried again; what came before says why.
  const message = isTelling(told.message) || event === undefined ? told.message : event;
  const words = message.replace(/^Back-off pulling image "[^"]*": (ErrImagePull: )?/, '').replace(/\.$/, '');
  const [, wayOut] = answers.find(([pattern]) => pattern.test(`${told.reason} ${words}`)) ?? [];
  const why = words === '' ? '' : `: ${words}`;
  return `The image "${image}" cannot be pulled (${told.reason})${why}${wayOut === undefined ? '' : `. ${wayOut}`}`;
}

const isTelling = (message: string): boolean => message !== '' && !/^Back-off pulling image "[^"]*"$/.test(message);

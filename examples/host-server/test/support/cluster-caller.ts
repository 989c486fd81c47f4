import { kubectl } from './kubectl.js';

/** A pod that asks for what it is told, in a namespace of its own. */
export interface ClusterCaller {
  /** Status and body; status 0 when nothing answered in time. */
  ask(method: string, url: string, options?: AskOptions): Promise<{ readonly status: number; readonly body: string }>;
  close(): Promise<void>;
}

interface AskOptions {
  readonly token?: string;
  readonly body?: object;
  /** [160 000] */
  readonly timeoutMs?: number;
}

const program = `
const [method, url, token, body, timeoutMs] = process.argv.slice(1);
const headers = { 'content-type': 'application/json', ...(token ? { authorization: 'Bearer ' + token } : {}) };
fetch(url, { method, headers, body: body || undefined, signal: AbortSignal.timeout(Number(timeoutMs)) })
  .then(async (answer) => ({ status: answer.status, body: await answer.text() }))
  .catch((error) => ({ status: 0, body: String(error.cause ?? error) }))
  .then((told) => console.log(JSON.stringify(told)));
`;

/** Asks from within a pod that is there, by the Node in it. */
export async function askFrom(
  pod: readonly string[],
  method: string,
  url: string,
  { token = '', body, timeoutMs = 160_000 }: AskOptions = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const text = body === undefined ? '' : JSON.stringify(body);
  return JSON.parse(
    await kubectl(['exec', ...pod, '--', 'node', '-e', program, method, url, token, text, `${timeoutMs}`]),
  );
}

/** `labels` are the namespace's. */
export async function clusterCaller(
  name: string,
  image: string,
  labels: Readonly<Record<string, string>>,
): Promise<ClusterCaller> {
  const container = { name: 'caller', image, command: ['node', '-e', 'setInterval(() => {}, 60000)'] };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'caller', namespace: name },
      spec: { containers: [container], terminationGracePeriodSeconds: 0 },
    },
  ];
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await kubectl(['-n', name, 'wait', '--for=condition=Ready', 'pod/caller', '--timeout=150s']);
  return {
    ask: (method, url, options) => askFrom(['-n', name, 'caller'], method, url, options),
    close: async () => void (await kubectl(['delete', 'namespace', name, '--ignore-not-found', '--timeout=150s'])),
  };
}

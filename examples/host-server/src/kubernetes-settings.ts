import { isIP } from 'node:net';
import { refuse } from './refuse.js';

export const endpointChoices = ['dns', 'pod', 'service', 'node-port'] as const;

/** What the environment says about the cluster; `KUBECONFIG` is read by its client. */
export interface KubernetesSettings {
  /** Undefined: the kubeconfig's current one. */
  readonly context: string | undefined;
  /** One namespace for all customers; undefined: one is made for each. */
  readonly namespace: string | undefined;
  /** Undefined: found out at the first start. */
  readonly endpoints: (typeof endpointChoices)[number] | undefined;
  readonly nodeAddress: string | undefined;
  /** Undefined: found out at the first start. */
  readonly policies: 'enforced' | 'unenforced' | undefined;
  /** Ranges from which agents may be reached, besides the host's pods. */
  readonly ingressFrom: readonly string[];
  /** Names of Secrets with registry logins, in each namespace of agents. */
  readonly imagePullSecrets: readonly string[];
  /** RuntimeClass of agents; undefined: the cluster's own. */
  readonly runtimeClassName: string | undefined;
  /** How agents get the volumes that they ask for; undefined: such manifests are refused. */
  readonly volumes: { readonly storageClassName: string | undefined; readonly sizeBytes?: number } | undefined;
  /** Figures that are read from the kubelets. */
  readonly nodeUsage: readonly ('disk' | 'network')[];
  /** Where agents report usage; undefined: they do not. */
  readonly usageUrl: URL | undefined;
  /** Undefined: made here and handed to `loadImage`. */
  readonly calculatorImage: string | undefined;
  /** A command that gets an image of the Docker Engine, by name, into the cluster; undefined: none. */
  readonly loadImage: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Errors: `invalid_argument`, naming the variable, its value and what it may be. */
export function readKubernetesSettings(env: Env): KubernetesSettings {
  return {
    context: env.MOORAGE_CONTEXT || undefined,
    namespace: nameOf('MOORAGE_NAMESPACE', env.MOORAGE_NAMESPACE, 'a namespace', label),
    endpoints: oneOf('MOORAGE_ENDPOINTS', env.MOORAGE_ENDPOINTS, endpointChoices),
    nodeAddress: env.MOORAGE_NODE_ADDRESS || undefined,
    policies: oneOf('MOORAGE_POLICIES', env.MOORAGE_POLICIES, ['enforced', 'unenforced'] as const),
    ingressFrom: rangesOf('MOORAGE_INGRESS_FROM', env.MOORAGE_INGRESS_FROM),
    imagePullSecrets: namesOf('MOORAGE_IMAGE_PULL_SECRETS', env.MOORAGE_IMAGE_PULL_SECRETS),
    runtimeClassName: nameOf('MOORAGE_RUNTIME_CLASS', env.MOORAGE_RUNTIME_CLASS, 'a RuntimeClass'),
    volumes: volumesOf(env),
    nodeUsage: listOf(env.MOORAGE_NODE_USAGE).map((one) => choice('MOORAGE_NODE_USAGE', one, nodeFigures)),
    usageUrl: usageUrlOf(env.MOORAGE_USAGE_URL),
    calculatorImage: env.MOORAGE_CALCULATOR_IMAGE || undefined,
    loadImage: env.MOORAGE_LOAD_IMAGE || undefined,
  };
}

const nodeFigures = ['disk', 'network'] as const;

function oneOf<T extends string>(name: string, text: string | undefined, choices: readonly T[]): T | undefined {
  return text === undefined || text === '' ? undefined : choice(name, text, choices);
}

function choice<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === text);
  if (found === undefined) throw refuse(name, text, `one of ${choices.join(', ')}`);
  return found;
}

/** What is between commas. */
function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}

/** A name of one label (RFC 1123), as namespaces have. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A name of several, as most objects may have. */
const subdomain = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

function nameOf(name: string, text: string | undefined, of: string, form = subdomain): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!form.test(text)) throw refuse(name, text, `the name of ${of}`);
  return text;
}

function namesOf(name: string, text: string | undefined): readonly string[] {
  return listOf(text).map((part) => nameOf(name, part, 'a Secret') ?? part);
}

/** `default` is the cluster's own StorageClass. */
function volumesOf(env: Env): KubernetesSettings['volumes'] {
  const { MOORAGE_VOLUMES: given, MOORAGE_VOLUME_MEGABYTES: size } = env;
  const named = nameOf('MOORAGE_VOLUMES', given, 'a StorageClass, or "default"');
  const megabytes = size === undefined || size === '' ? undefined : Number(size);
  if (megabytes !== undefined && !(Number.isSafeInteger(megabytes) && megabytes >= 1 && megabytes <= 2 ** 30))
    throw refuse('MOORAGE_VOLUME_MEGABYTES', size ?? '', 'a whole number from 1');
  if (named === undefined) return undefined;
  const storageClassName = named === 'default' ? undefined : named;
  return { storageClassName, ...(megabytes === undefined ? {} : { sizeBytes: megabytes * 1024 ** 2 }) };
}

function rangesOf(name: string, text: string | undefined): readonly string[] {
  const ranges = listOf(text);
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/');
    const most = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) throw refuse(name, range, 'ranges such as 192.168.1.0/24');
  }
  return ranges;
}

function usageUrlOf(text: string | undefined): URL | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.pathname === '/v1/usage' && /^https?:$/.test(url.protocol)) return url;
  throw refuse('MOORAGE_USAGE_URL', text, 'a URL such as http://192.168.1.5:3001/v1/usage');
}

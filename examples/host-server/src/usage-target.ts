import { isIP } from 'node:net';

/** What it takes that agents of a cluster reach the place where they report usage. */
export interface UsageTarget {
  /** Where a narrow listener is needed for them; undefined: the URL leads here by other means. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** Their way out, as in `egress` of a NetworkPolicy. */
  readonly egressTo: readonly object[];
}

/**
 * With an address in the URL it is this machine's; a name is the Service of the host's own pods. What is behind `https`
 * is somebody else's, and public.
 */
export function usageTarget(url: URL, served: { readonly host: string; readonly port: number }): UsageTarget {
  if (url.protocol === 'https:') return { listen: undefined, egressTo: [] };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || 80);
  const family = isIP(host);
  const hostPods = { namespaceSelector: {}, podSelector: { matchLabels: { 'moorage.role': 'host' } } };
  const to = family === 0 ? hostPods : { ipBlock: { cidr: `${host}/${family === 4 ? 32 : 128}` } };
  const everywhere = ['0.0.0.0', '::'].includes(served.host);
  const isServed = served.port === port && (everywhere || served.host === host);
  return {
    listen: isServed ? undefined : { host: family === 0 ? '0.0.0.0' : host, port },
    egressTo: [{ to: [to], ports: [{ protocol: 'TCP', port }] }],
  };
}

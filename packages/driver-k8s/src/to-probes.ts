import type { KubeObject } from './kube-objects.js';
import { label } from './labels.js';
import type { PodOptions } from './to-pod-spec.js';
import { toPodSpec } from './to-pod-spec.js';

/** What a probe pod's exit code means. */
export const probeExit = { reached: 0, denied: 3, inconclusive: 5 } as const;

export type ProbeName = 'open-server' | 'closed-server' | 'open-caller' | 'closed-caller';

export const probePort = 8080;
/** What a probe's server says. */
export const probeAnswer = 'moorage probe';
export const probeLabels = { [label.role]: 'probe' };
const labelsOf = (name: ProbeName) => ({ ...probeLabels, 'moorage.probe': name });

const server = `require('node:http').createServer((q,s)=>s.end('${probeAnswer}')).listen(${probePort});process.on('SIGTERM',()=>process.exit(0))`;

/** Denied once is denied; reached for so many tries is not. A policy may take a moment to be in force. */
const caller = `
const { connect } = require('node:net');
const reach = (host) => new Promise((done) => {
  const socket = connect({ host, port: ${probePort}, timeout: 2000 });
  const end = (yes) => { socket.destroy(); done(yes); };
  socket.on('connect', () => end(true)).on('timeout', () => end(false)).on('error', () => end(false));
});
const wait = (ms) => new Promise((go) => setTimeout(go, ms));
(async () => {
  const { OPEN, ASKED } = process.env;
  for (let time = 0; OPEN; time += 1) {
    if (await reach(OPEN)) break;
    if (time === 20) process.exit(${probeExit.inconclusive});
    await wait(500);
  }
  for (let time = 0; time < 20; time += 1) {
    if (!(await reach(ASKED))) process.exit(${probeExit.denied});
    await wait(500);
  }
  process.exit(${probeExit.reached});
})();
`;

export interface ProbeOptions extends PodOptions {
  /** An image with `node` on its path. */
  readonly image: string;
}

/** Where it is made, and what its name begins with. */
export interface ProbePlace {
  readonly id: string;
  readonly namespace: string;
}

/**
 * One probe pod: a server, or a caller that tries the address `asked`, after `open` has answered where that is given.
 */
export function toProbePod(
  name: ProbeName,
  { id, namespace }: ProbePlace,
  options: ProbeOptions,
  addresses: { readonly open?: string | undefined; readonly asked?: string | undefined } = {},
): KubeObject {
  const none = { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined };
  const source = {
    source: { kind: 'image', image: options.image },
    command: ['node', '-e', name.endsWith('server') ? server : caller],
    port: probePort,
    resources: none,
    user: '65534:65534',
    readOnlyRoot: true,
    graceMs: 1000,
  } as const;
  const plain = {
    ...(addresses.open === undefined ? {} : { OPEN: addresses.open }),
    ...(addresses.asked === undefined ? {} : { ASKED: addresses.asked }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${id}-${name}`, namespace, labels: labelsOf(name) },
    spec: {
      ...toPodSpec(source, { plain, secret: [], secretName: '' }, options, undefined),
      restartPolicy: name.endsWith('server') ? 'Always' : 'Never',
    },
  };
}

/** Nothing may get in to the one, nothing out of the other; the open ones may all, also where others deny it. */
export function toProbePolicies({ id, namespace }: ProbePlace): readonly KubeObject[] {
  const policy = (name: ProbeName, spec: object): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${id}-${name}`, namespace, labels: probeLabels },
    spec: { podSelector: { matchLabels: labelsOf(name) }, ...spec },
  });
  const open = { policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] };
  return [
    policy('closed-server', { policyTypes: ['Ingress'] }),
    policy('closed-caller', { policyTypes: ['Egress'] }),
    policy('open-server', open),
    policy('open-caller', open),
  ];
}

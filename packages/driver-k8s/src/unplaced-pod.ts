/** Which field of a manifest asks for what a node has too little of. */
const fields: Readonly<Record<string, string>> = {
  cpu: 'runtime.resources.cpu',
  memory: 'runtime.resources.memory',
  'ephemeral-storage': 'runtime.resources.disk',
};

/** Why no node takes a pod, in the scheduler's words and with the way out. `claim`: why its volume is not there. Pure. */
export function unplacedPod(message: string, claim: string | undefined): string {
  const told = message.replace(/[.,]? (no new claims to deallocate, )?preemption: .*$/s, '').replace(/\.$/, '');
  return `No node can take it: ${told}. ${wayOut(message, claim)}`;
}

function wayOut(message: string, claim: string | undefined): string {
  if (/unbound immediate PersistentVolumeClaims/.test(message)) {
    const why = claim === undefined ? '' : ` (${claim})`;
    return `Its volume is not there yet${why}: give the driver a storageClassName that makes one`;
  }
  if (/volume node affinity conflict/.test(message)) return 'Its volume is bound to another node';
  const lacking = [...message.matchAll(/Insufficient ([\w./-]*\w)/g)].map(([, name = '']) => name);
  const asked = [...new Set(lacking.flatMap((name) => fields[name] ?? []))];
  if (asked.length > 0) return `Lower ${asked.join(' and ')}, or give the cluster more nodes`;
  return 'Look at the nodes of the cluster: those that are left do not take it';
}

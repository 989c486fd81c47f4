import { shardCount } from '../model/shard-count.js';

/**
 * The shards of one host among all that are alive: each shard goes to the host with the highest hash of both
 * (rendezvous hashing), so that a host that comes or goes moves only its own share. A host that is not among the living
 * counts as one.
 */
export function shareOf(hostId: string, alive: readonly string[]): ReadonlySet<number> {
  const hosts = alive.includes(hostId) ? alive : [...alive, hostId];
  const share = new Set<number>();
  for (let shard = 0; shard < shardCount; shard += 1) {
    let winner = hostId;
    let best = -1;
    for (const host of hosts) {
      const score = hash32(`${host}/${shard}`);
      if (score > best || (score === best && host > winner)) {
        winner = host;
        best = score;
      }
    }
    if (winner === hostId) share.add(shard);
  }
  return share;
}

/**
 * 32-bit FNV-1a with the finalizer of MurmurHash3, since ids that differ in their last letter have to differ
 * everywhere.
 */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

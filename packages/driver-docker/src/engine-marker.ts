import { randomUUID } from 'node:crypto';
import { type EngineId, MoorageError, type OwnerId } from '@moorage/core/driver';
import { statusOf } from './classify-error.js';
import { type EngineClient, segment } from './engine-client.js';
import type { NetworkSummary, VolumeSummary } from './engine-types.js';
import { label } from './labels.js';
import { shortHash } from './short-hash.js';

/**
 * The engine's identity: the uid on an empty volume of ours, one per owner. Two engines may report the same id of their
 * own and an engine has no boot id, so this is the only thing that tells an exchanged engine from an empty one.
 */
export interface EngineMarker {
  /**
   * The engine's id, proven by the marker labels of the owner's containers where there are any (no call), else by the
   * volume. Made at first use. Errors: `unavailable` when the engine is not the one seen before.
   */
  identify(owner: OwnerId, containerProofs: ReadonlySet<string>, signal: AbortSignal): Promise<EngineId>;
}

/** Name of the owner's marker volume. */
export function markerName(owner: OwnerId): string {
  return `moorage-marker-${shortHash(owner, 16)}`;
}

export function engineMarker(client: EngineClient): EngineMarker {
  const known = new Map<OwnerId, EngineId>();

  const read = async (owner: OwnerId, signal: AbortSignal): Promise<EngineId | undefined> => {
    try {
      const path = `/volumes/${segment(markerName(owner))}`;
      return uidOf(await client.json<VolumeSummary>({ method: 'GET', path, signal }), owner);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };

  /** Making a volume that exists gives that one: of two hosts at once, both get the same uid. */
  const make = async (owner: OwnerId, uid: EngineId, signal: AbortSignal): Promise<EngineId> => {
    const labels = { [label.owner]: owner, [label.kind]: 'marker', [label.uid]: uid };
    const body = { Name: markerName(owner), Driver: 'local', Labels: labels };
    return uidOf(await client.json<VolumeSummary>({ method: 'POST', path: '/volumes/create', body, signal }), owner);
  };

  /** Before an owner's first marker is made: is this still the engine on which other owners' markers were seen? */
  const refuseExchanged = async (signal: AbortSignal): Promise<void> => {
    for (const [other, uid] of [...known].slice(0, 1)) {
      if ((await read(other, signal)) !== uid) throw exchanged(client.address);
    }
  };

  return {
    async identify(owner, containerProofs, signal) {
      const before = known.get(owner);
      if (before !== undefined && containerProofs.size === 1 && containerProofs.has(before)) return before;
      const found = await read(owner, signal);
      if (found !== undefined) {
        if (before !== undefined && found !== before) throw exchanged(client.address);
        known.set(owner, found);
        return found;
      }
      // The volume is gone. Containers that all carry one uid say that somebody pruned volumes: it is made again with
      // that uid.
      const proof = containerProofs.size === 1 ? [...containerProofs][0] : undefined;
      if (before !== undefined) {
        if (proof !== before) throw exchanged(client.address);
        return make(owner, before, signal);
      }
      await refuseExchanged(signal);
      const made = await make(owner, proof ?? (await newUid(client, signal)), signal);
      known.set(owner, made);
      return made;
    },
  };
}

/**
 * The same for every owner on one engine: from the random id of the network "none", which each engine makes with its
 * data folder and nobody can remove. Engines that have no such network get a random uid per owner.
 */
async function newUid(client: EngineClient, signal: AbortSignal): Promise<EngineId> {
  try {
    const { Id } = await client.json<NetworkSummary>({ method: 'GET', path: '/networks/none', signal });
    return shortHash(`moorage-engine ${Id}`, 32);
  } catch (error) {
    if (statusOf(error) === 404) return randomUUID();
    throw error;
  }
}

function uidOf(volume: VolumeSummary, owner: OwnerId): EngineId {
  const uid = volume.Labels?.[label.uid];
  if (uid && volume.Labels?.[label.owner] === owner) return uid;
  throw new MoorageError(
    'already_exists',
    `Cannot mark the engine: a volume named "${markerName(owner)}" is there that is not ours. Remove it`,
    { operation: 'driver.list' },
  );
}

function exchanged(address: string): MoorageError {
  return new MoorageError(
    'unavailable',
    `The Docker Engine at "${address}" is not the one that was there before: its marker volume is gone or another. ` +
      'Bring the former engine back, or restart this host to take the new one',
    { operation: 'driver.list', context: { engine: address } },
  );
}

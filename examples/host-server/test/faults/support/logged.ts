import { eventually } from '@moorage/core/testing';
import { patience } from './patience.js';
import type { World } from './world.js';

/** Waits for one line of the host's log that holds all of these; a call is logged when it has ended. */
export async function logged(world: World, ...parts: readonly string[]): Promise<void> {
  const isThere = () => world.log.some((line) => parts.every((part) => line.includes(part)));
  await eventually(`a line with ${parts.join(' and ')}`, isThere, patience);
}

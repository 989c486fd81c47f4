import { expect } from 'vitest';
import type { Place } from './host-process.js';

/** Starts a host and expects one clear line, which is given back, and exit code 1. */
export async function failsToStart(
  place: Place,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<string> {
  const host = place.start(env, args);
  expect(await host.ended).toBe(1);
  const lines = host.output().trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^Moorage cannot go on: /);
  return lines[0] ?? '';
}

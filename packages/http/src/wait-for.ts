import type { DeploymentHandle } from '@moorage/core';
import { isMoorageError } from '@moorage/protocol';

const lookEveryMs = 50;

const resting: ReadonlySet<string> = new Set(['paused', 'stopped', 'exited']);

/** True once the deployment is ready, false when the time is over. Errors: as `ready()`, except `timeout`. */
export async function readyWithin(handle: DeploymentHandle, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  return endsWithin(() => handle.ready({ timeoutMs, signal }), timeoutMs);
}

/** True once nothing is left of the deployment, false when the time is over. */
export async function goneWithin(handle: DeploymentHandle, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  return endsWithin(() => handle.gone({ timeoutMs, signal }), timeoutMs);
}

/** True once every instance rests, false when the time is over. */
export async function parkedWithin(handle: DeploymentHandle, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  for (let waited = 0; !(await rests(handle)); waited += lookEveryMs) {
    if (waited >= timeoutMs || signal.aborted) return false;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  return true;
}

/** The phase alone tells of the wish: the engine may still be about to carry it out. */
async function rests(handle: DeploymentHandle): Promise<boolean> {
  const { phase, instances } = await handle.view();
  return phase === 'parked' && instances.every(({ observed }) => resting.has(observed.state));
}

async function endsWithin(wait: () => Promise<unknown>, timeoutMs: number): Promise<boolean> {
  if (timeoutMs === 0) return false;
  try {
    await wait();
    return true;
  } catch (thrown) {
    if (isMoorageError(thrown) && thrown.code === 'timeout') return false;
    throw thrown;
  }
}

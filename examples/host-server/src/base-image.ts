import { engineRequest } from './engine-request.js';

/** The image that the calculator's Dockerfile begins with. */
const baseImage = { repository: 'node', tag: '22-slim' };

/** True when the engine has an image of this name. */
export async function hasImage(name: string): Promise<boolean> {
  return (await engineRequest('GET', `/images/${encodeURIComponent(name)}/json`, 10_000)).status === 200;
}

/** Has the base image, pulled if need be within the time; false when it cannot be had. */
export async function haveBaseImage(pullTimeoutMs: number): Promise<boolean> {
  const { repository, tag } = baseImage;
  try {
    if (await hasImage(`${repository}:${tag}`)) return true;
    const path = `/images/create?fromImage=${repository}&tag=${tag}`;
    const { status, text } = await engineRequest('POST', path, pullTimeoutMs);
    // A pull that fails on its way has answered 200 already and tells the failure as its last line.
    return status === 200 && !text.trim().split('\n').at(-1)?.includes('"error"');
  } catch {
    return false;
  }
}

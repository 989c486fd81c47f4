import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Hands an image of the Docker Engine to the test cluster, which can pull none. */
export async function loadImage(image: string): Promise<void> {
  const load = process.env.MOORAGE_TEST_LOAD;
  if (!load) throw new Error('Set MOORAGE_TEST_LOAD to a command that loads an image into the cluster');
  await promisify(execFile)('sh', ['-c', `${load} "$1"`, 'load', image], { timeout: 170_000 });
}

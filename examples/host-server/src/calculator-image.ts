import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dockerAnswers, localNodeImage } from '@moorage/driver-docker';
import { hasImage } from './base-image.js';
import { calculatorProgram } from './calculator-program.js';
import type { ClusterState } from './cluster-state.js';
import type { KubernetesSettings } from './kubernetes-settings.js';
import type { Progress } from './progress.js';

/**
 * Name of the calculator's image in the cluster. A registry has it, or it is made here and loaded by the command that
 * `MOORAGE_LOAD_IMAGE` names, once for each cluster.
 */
export async function calculatorImage(
  { calculatorImage: given, loadImage }: KubernetesSettings,
  cluster: ClusterState,
  progress: Progress,
): Promise<string> {
  if (loadImage === undefined) {
    if (given !== undefined) return given;
    throw new Error(
      'On Kubernetes the calculator needs an image that the cluster can pull: name it in MOORAGE_CALCULATOR_IMAGE, or a command that loads images into the cluster in MOORAGE_LOAD_IMAGE',
    );
  }
  const image = given ?? (await localImage(progress));
  const loaded = cluster.facts.loaded ?? [];
  if (loaded.includes(image)) return image;
  progress('Loading the calculator’s image into the cluster');
  await load(loadImage, image);
  cluster.keep({ loaded: [...loaded, image] });
  return image;
}

async function localImage(progress: Progress): Promise<string> {
  const { tag, code, command } = calculatorProgram();
  const docker = await dockerAnswers();
  if (!docker.ok) throw new Error(`${docker.reason}. Without Docker name a ready image in MOORAGE_CALCULATOR_IMAGE`);
  if (await hasImage(tag)) return tag;
  progress('Making the calculator’s image from the Node that runs here');
  await localNodeImage({ tag, files: { '/agent/calculator.mjs': code }, command });
  return tag;
}

async function load(command: string, image: string): Promise<void> {
  try {
    await promisify(execFile)('sh', ['-c', `${command} "$1"`, 'load', image], { timeout: 600_000 });
  } catch (thrown) {
    const { stderr, code } = thrown as { readonly stderr?: string; readonly code?: unknown };
    const said = stderr?.trim().split('\n').at(-1) || `exit code ${String(code)}`;
    throw new Error(`MOORAGE_LOAD_IMAGE ("${command}") could not load the image "${image}": ${said}`);
  }
}

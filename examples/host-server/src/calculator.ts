import type { DeploymentHandle, Host } from '@moorage/core';
import { localNodeImage } from '@moorage/driver-docker';
import { type AgentSource, calculatorManifest } from '@moorage/example-agents/manifests';
import type { AgentEnv } from '@moorage/http';
import { isMoorageError, type Manifest } from '@moorage/protocol';
import { hasImage, haveBaseImage } from './base-image.js';
import { agentsFolder, calculatorProgram } from './calculator-program.js';
import type { Progress } from './progress.js';

export const demoCustomer = 'customer-demo';

/**
 * What the calculator is run from on this driver; on Docker its image is made first. Errors: `not_found`, as the
 * engine's.
 */
export async function calculatorSource(
  driver: 'docker' | 'process' | 'memory',
  progress: Progress,
): Promise<AgentSource> {
  if (driver === 'memory') return { image: 'moorage-calculator:memory' };
  const { path, code, tag, command } = calculatorProgram();
  if (driver === 'process') return { language: 'node', entrypoint: path };
  if (await hasImage(tag)) return { image: tag, command };
  progress('Looking for the base image of the calculator');
  const canBuildHere = process.platform === 'linux';
  if (await haveBaseImage(canBuildHere ? 60_000 : 600_000)) {
    return { build: { context: agentsFolder, dockerfile: 'calculator/Dockerfile' }, command };
  }
  progress('Making the calculator’s image from the Node that runs here: the base image cannot be pulled');
  await localNodeImage({ tag, files: { '/agent/calculator.mjs': code }, command });
  return { image: tag, command };
}

/**
 * Deploys the calculator for the demo customer, or takes up the one that runs. `rollOut` replaces one of another
 * version.
 */
export async function deployCalculator(
  host: Host,
  source: AgentSource,
  env: AgentEnv,
  rollOut: boolean,
): Promise<{ readonly handle: DeploymentHandle; readonly created: boolean }> {
  const { runtime, ...manifest } = calculatorManifest(source);
  const variables = env({ tenant: demoCustomer, agentId: manifest.agent_id });
  const wanted: Manifest = { ...manifest, runtime: { ...runtime, env: [...variables] } };
  try {
    const handle = await host.deploy(wanted, { tenant: demoCustomer, actor: 'host-server' });
    return { handle, created: handle.created };
  } catch (thrown) {
    const id = isMoorageError(thrown) && thrown.code === 'already_exists' ? thrown.context.deploymentId : undefined;
    if (typeof id !== 'string') throw thrown;
    const handle = await host.get(id);
    if (rollOut) await handle.update(wanted);
    return { handle, created: false };
  }
}

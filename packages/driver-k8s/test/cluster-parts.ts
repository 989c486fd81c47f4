import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const parts = ['apiserver', 'kubelet', 'metrics-server'] as const;

/** A program of the test cluster that a test may stop. */
export type ClusterPart = (typeof parts)[number];

/** Its pid files tell which process each part is; `MOORAGE_TEST_CLUSTER_RUN` names their folder. */
const folder = () => process.env.MOORAGE_TEST_CLUSTER_RUN ?? '/run/test-kubernetes';

async function signal(part: ClusterPart, name: NodeJS.Signals): Promise<void> {
  process.kill(Number(await readFile(join(folder(), `${part}.pid`), 'utf8')), name);
}

/** It stands still: connections stay, nothing is answered. */
export const freezePart = (part: ClusterPart): Promise<void> => signal(part, 'SIGSTOP');

export const thawPart = (part: ClusterPart): Promise<void> => signal(part, 'SIGCONT');

export const killPart = (part: ClusterPart): Promise<void> => signal(part, 'SIGKILL');

/** Sets frozen parts going and starts missing ones, by the command in `MOORAGE_TEST_CLUSTER_UP`. */
export async function mendCluster(): Promise<void> {
  const up = process.env.MOORAGE_TEST_CLUSTER_UP;
  if (!up)
    throw new Error('Set MOORAGE_TEST_CLUSTER_UP to the command that starts what is missing of the test cluster');
  for (const part of parts) await thawPart(part).catch(() => undefined);
  await promisify(execFile)('sh', ['-c', up], { timeout: 170_000 });
}

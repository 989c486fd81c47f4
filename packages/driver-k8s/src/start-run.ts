import type { SandboxJob } from '@moorage/core/driver';
import { httpStatusOf } from './classify-error.js';
import { type DriverTools, whileMaking } from './driver-tools.js';
import { pathOf } from './kinds.js';
import type { JobObject, KubeObject } from './kube-objects.js';
import { toRun } from './to-job.js';
import { makeSecret } from './workload-secrets.js';
import { demandFree, fieldManager, isWritten, type WriteTools, writeObject } from './write-object.js';

/** Makes the Job suspended, its walls and secrets as its own, and lets it go. Half made, it is finished. */
export async function startRun(tools: DriverTools, sandbox: SandboxJob, signal: AbortSignal): Promise<void> {
  const { owner } = sandbox.spec;
  const cache = await tools.cache(owner, signal);
  const write: WriteTools = { client: tools.client, cache, signal };
  const { tenant, job, policy, secret } = toRun(sandbox, tools.options, Date.now());
  const namespace = job.metadata.namespace ?? '';
  await whileMaking(tools, namespace, async () => {
    const known = cache.get<JobObject>('Job', namespace, job.metadata.name);
    if (known && known.spec?.suspend !== true) return;
    for (const object of tenant) {
      const isThere = cache.get(object.kind as 'Namespace', object.metadata.namespace, object.metadata.name);
      if (!isThere) await demandFree(write, object, owner);
      if (!isWritten(cache, object)) await writeObject(write, object);
    }
    const made = known ?? (await makeJob(write, job, owner));
    const reference = { apiVersion: 'batch/v1', kind: 'Job', name: job.metadata.name, uid: made.metadata.uid };
    const owned = { ownerReferences: [reference] };
    await writeObject(write, { ...policy, metadata: { ...policy.metadata, ...owned } });
    if (secret) await makeSecret(write, { ...secret, metadata: { ...secret.metadata, ...owned } });
    await release(write, made);
  });
}

/** Made, not applied: once it is there, what it says is fixed. */
async function makeJob(write: WriteTools, job: KubeObject, owner: string): Promise<KubeObject> {
  const { namespace } = job.metadata;
  try {
    const made = await write.client.json<KubeObject>({
      method: 'POST',
      path: pathOf('Job', namespace),
      query: { fieldManager },
      body: job,
      signal: write.signal,
    });
    write.cache.put(made);
    return made;
  } catch (error) {
    if (httpStatusOf(error) !== 409) throw error;
    await demandFree(write, job, owner);
    const path = pathOf('Job', namespace, job.metadata.name);
    return write.client.json<KubeObject>({ method: 'GET', path, signal: write.signal });
  }
}

async function release({ client, cache, signal }: WriteTools, job: KubeObject): Promise<void> {
  const released = await client.json<KubeObject>({
    method: 'PATCH',
    path: pathOf('Job', job.metadata.namespace, job.metadata.name),
    query: { fieldManager },
    body: { spec: { suspend: false } },
    contentType: 'application/merge-patch+json',
    signal,
  });
  cache.put(released);
}

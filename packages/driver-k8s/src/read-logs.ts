import { type InstanceName, type LogLine, type LogsCall, MoorageError } from '@moorage/core/driver';
import { httpStatusOf } from './classify-error.js';
import { pathOf } from './kinds.js';
import type { KubeClient } from './kube-client.js';
import type { PodObject } from './kube-objects.js';
import { containerName } from './labels.js';
import type { OwnerCache } from './owner-cache.js';
import { splitLines } from './split-lines.js';
import { instanceNameOf, statusOf } from './to-instance.js';

/** The rest of a longer line is cut off. */
const maxLineBytes = 65_536;

/** Lines of one container's life. The cluster does not say to which stream they were written: all are stdout. */
export async function* readLogs(
  client: KubeClient,
  cache: OwnerCache,
  name: InstanceName,
  call: LogsCall,
): AsyncGenerator<LogLine> {
  const { pod, previous } = find(cache, name);
  const { since } = call;
  let response: Awaited<ReturnType<KubeClient['stream']>>;
  try {
    response = await client.stream({
      method: 'GET',
      path: `${pathOf('Pod', pod.metadata.namespace, pod.metadata.name)}/log`,
      query: {
        container: containerName,
        timestamps: true,
        follow: (call.follow && !previous) || undefined,
        previous: previous || undefined,
        tailLines: call.tail,
        // The cluster takes whole seconds only.
        sinceTime: since === undefined ? undefined : new Date(Math.floor(since / 1000) * 1000).toISOString(),
      },
      accept: '*/*',
      signal: call.signal,
    });
  } catch (error) {
    // Not started yet, so it has written nothing.
    if (httpStatusOf(error) === 400) return;
    throw error;
  }
  try {
    for await (const text of splitLines(response)) {
      const line = toLine(name, text);
      if (since === undefined || line.at === undefined || line.at >= since) yield line;
    }
  } finally {
    response.destroy();
  }
}

function find(cache: OwnerCache, name: InstanceName): { readonly pod: PodObject; readonly previous: boolean } {
  for (const pod of cache.objects<PodObject>('Pod')) {
    if (!name.startsWith(instanceNameOf(pod, 0))) continue;
    const restarts = statusOf(pod)?.restartCount ?? 0;
    if (name === instanceNameOf(pod, restarts)) return { pod, previous: false };
    // Of those before, the node keeps the last one only.
    if (restarts > 0 && name === instanceNameOf(pod, restarts - 1)) return { pod, previous: true };
  }
  throw new MoorageError('not_found', `Cannot read the logs of "${name}": the cluster has no such instance`, {
    operation: 'driver.logs',
    context: { instance: name },
  });
}

/** `2026-01-01T00:00:00.123456789Z text` */
export function toLine(instance: InstanceName, raw: string): LogLine {
  const space = raw.indexOf(' ');
  const at = space === -1 ? Number.NaN : Date.parse(raw.slice(0, space));
  const whole = Number.isNaN(at) ? raw : raw.slice(space + 1);
  const text = whole.length * 3 > maxLineBytes ? cut(whole) : whole;
  return { instance, stream: 'stdout', at: Number.isNaN(at) ? undefined : at, text: text.replace(/\r$/, '') };
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= maxLineBytes
    ? text
    : bytes
        .subarray(0, maxLineBytes)
        .toString('utf8')
        .replace(/\uFFFD+$/, '');
}

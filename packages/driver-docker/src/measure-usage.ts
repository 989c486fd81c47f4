import type { InstanceName, OwnerId, UsageSample } from '@moorage/core/driver';
import { statusOf } from './classify-error.js';
import type { EngineClient } from './engine-client.js';
import type { ContainerSummary, StatsSample } from './engine-types.js';
import { jsonLines } from './json-lines.js';
import { label } from './labels.js';
import { ownedContainers } from './list-instances.js';
import { type Counters, toCounters, toUsageSample } from './to-usage-sample.js';

/** Counters of the look before, by container id. */
export type CountersCache = Map<string, Counters>;

/**
 * All instances at once: the engine answers each after about a second whatever the number. The first look at an
 * instance takes two samples in a row, so that even it has rates.
 */
export async function measureUsage(
  client: EngineClient,
  before: CountersCache,
  names: readonly InstanceName[],
  owner: OwnerId,
  signal: AbortSignal,
): Promise<UsageSample[]> {
  const wanted = new Set(names);
  const owned = await ownedContainers(client, owner, signal);
  const running = owned.filter(({ State, Labels }) => State === 'running' && wanted.has(Labels[label.name] ?? ''));
  const samples = await Promise.all(running.map((container) => measure(client, before, container, signal)));
  return samples.filter((sample) => sample !== undefined);
}

async function measure(
  client: EngineClient,
  before: CountersCache,
  { Id, Labels }: ContainerSummary,
  signal: AbortSignal,
): Promise<UsageSample | undefined> {
  const known = before.get(Id);
  const looks = await read(client, Id, known ? 1 : 2, signal);
  const now = looks.at(-1);
  if (!now) {
    before.delete(Id);
    return undefined;
  }
  before.set(Id, now);
  return toUsageSample(Labels[label.name] ?? '', now, known ?? (looks.length > 1 ? looks[0] : undefined));
}

/** Fewer than asked for when the container ends meanwhile. */
async function read(
  client: EngineClient,
  id: string,
  count: number,
  signal: AbortSignal,
): Promise<readonly Counters[]> {
  const looks: Counters[] = [];
  const query = count === 1 ? { stream: false, 'one-shot': true } : { stream: true };
  try {
    const stream = await client.stream({ method: 'GET', path: `/containers/${id}/stats`, query, signal });
    for await (const sample of jsonLines<StatsSample>(stream)) {
      const counters = toCounters(sample);
      if (!counters) break;
      looks.push(counters);
      if (looks.length === count) break;
    }
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  return looks;
}

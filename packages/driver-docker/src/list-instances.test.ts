import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { EngineClient, EngineRequest } from './engine-client.js';
import type { ContainerDetails, ContainerSummary } from './engine-types.js';
import { label } from './labels.js';
import { listInstances } from './list-instances.js';

function answer<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../test/answers/${name}.json`, import.meta.url), 'utf8')) as T;
}

const { signal } = new AbortController();

function tools(containers: () => readonly ContainerSummary[]) {
  const details = answer<Record<string, ContainerDetails>>('details');
  const paths: string[] = [];
  const client: EngineClient = {
    address: 'test',
    async json<T>({ path }: EngineRequest) {
      paths.push(path);
      if (path === '/containers/json') return containers() as T;
      const found = details[path.split('/')[2] ?? ''];
      if (!found) throw Object.assign(new Error('no such container'), { statusCode: 404 });
      return found as T;
    },
    stream: () => Promise.reject(new Error('not used')),
  };
  const marker = { identify: async () => 'engine-1' };
  return { paths, details, tools: { client, marker, details: new Map(), engineHost: '127.0.0.1' } };
}

/** As captured, but long ago: what ended under a minute ago is looked at again. */
const settled = answer<ContainerSummary[]>('containers').map((container) => ({
  ...container,
  Status: container.Status.replace(/(Less than a second|\d+ seconds?|About a minute) ago/, '5 minutes ago'),
}));

it('reads details once, and is one call after that', async () => {
  const { paths, tools: listTools } = tools(() => settled);
  const inspected = settled.filter(({ State }) => State !== 'created');
  const first = await listInstances(listTools, 'owner-answers', signal);
  expect(paths).toHaveLength(1 + inspected.length);
  const second = await listInstances(listTools, 'owner-answers', signal);
  expect(paths).toHaveLength(2 + inspected.length);
  expect(second).toEqual(first);
  expect(second.instances).toHaveLength(settled.length);
});

it.each([
  ['created', 'creating'],
  ['removing', 'removing'],
])('does not wait for the lock of a container that is %s', async (State, state) => {
  const containers = settled.slice(0, 1).map((one) => ({ ...one, State }));
  const { paths, tools: listTools } = tools(() => containers);
  const { instances } = await listInstances(listTools, 'owner-answers', signal);
  expect(instances).toMatchObject([{ state, exit: undefined, startedAt: undefined }]);
  expect(paths).toEqual(['/containers/json']);
});

it('looks again when a container has changed, and at an end that is young', async () => {
  let containers: readonly ContainerSummary[] = settled.filter(({ State }) => State === 'running');
  const { paths, tools: listTools } = tools(() => containers);
  await listInstances(listTools, 'owner-answers', signal);
  containers = containers.map((one) => ({ ...one, State: 'exited', Status: 'Exited (137) 2 seconds ago', Ports: [] }));
  for (let look = 0; look < 2; look += 1) {
    const before = paths.length;
    await listInstances(listTools, 'owner-answers', signal);
    expect(paths.length - before).toBe(1 + containers.length);
  }
});

it('leaves out what was removed since the list, and forgets it', async () => {
  const { details, tools: listTools } = tools(() => settled);
  const gone = settled.find(({ State }) => State === 'running') as ContainerSummary;
  delete details[gone.Id];
  const { instances } = await listInstances(listTools, 'owner-answers', signal);
  expect(instances.map(({ name }) => name)).not.toContain(gone.Labels[label.name]);
  expect(instances).toHaveLength(settled.length - 1);
});

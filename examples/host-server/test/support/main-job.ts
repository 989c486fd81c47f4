import { createClient } from '@moorage/protocol';
import { expect } from 'vitest';
import type { Place } from './host-process.js';
import { shell, shellUntil, until } from './shell.js';

const reachable = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

/** Instances of the calculator as the host tells them: the same at each start means adopted, not made again. */
async function instances(url: string, token: string | undefined) {
  const client = createClient({ url, token });
  const { containers } = await client.listContainers({});
  expect(containers).toHaveLength(1);
  const [container] = containers;
  // A host that has just started may not have looked at its engine yet.
  const { instances } = await until(
    () => client.listInstances({ container_id: container?.container_id ?? '' }),
    (found) => found.instances.length > 0,
  );
  return {
    container: container?.container_id,
    address: container?.address,
    instances: instances.map(({ instance_id, started_at, state }) => ({ instance_id, started_at, state })),
  };
}

/**
 * The main job as a newcomer walks it, on any driver that runs something real. `running` looks at the deployment of that
 * id while it serves.
 */
export async function walkMainJob(place: Place, running?: (deploymentId: string) => Promise<void>): Promise<void> {
  const first = place.start();
  const { url, curls, token } = await first.ready();
  expect(first.output().trimEnd().split('\n').at(-1)).toBe(`Moorage is ready: ${url}`);
  const [list = '', calculate = '', watch = ''] = curls;
  expect(JSON.parse(await shell(list))).toMatchObject({
    success: true,
    data: { containers: [{ agent_id: 'agent.calculator.calculation', customer_id: 'customer-demo', phase: 'ready' }] },
  });
  expect(JSON.parse(await shell(calculate))).toMatchObject({ result: 8 });
  expect(await shellUntil(watch, '"deployment-ready"')).toContain('"deployment-created"');
  const before = await instances(url, token);
  expect(before.instances).toHaveLength(1);
  await running?.(before.container ?? '');

  expect(await first.end('SIGINT')).toBe(0);

  const second = place.start();
  const again = await second.ready();
  expect(again.token).toBe(token);
  expect(await instances(again.url, token)).toEqual(before);
  expect(JSON.parse(await shell(again.curls[1] ?? ''))).toMatchObject({ result: 8 });

  await second.end('SIGKILL');
  const third = place.start();
  const after = await third.ready();
  expect(await instances(after.url, token)).toEqual(before);
  expect(JSON.parse(await shell(after.curls[1] ?? ''))).toMatchObject({ result: 8 });
  expect(await third.end('SIGTERM')).toBe(0);

  const remove = place.start({}, ['--remove']);
  expect(await remove.ended).toBe(0);
  expect(remove.output()).toContain('taken down 1 agent');
  expect(
    await until(
      () => reachable(`${before.address}/health`),
      (answers) => !answers,
    ),
  ).toBe(false);
  const none = place.start({}, ['--remove']);
  expect(await none.ended).toBe(0);
  expect(none.output()).toContain('taken down 0 agents');
}

import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dockerAnswers, dockerDriver } from '../src/index.js';
import { type DockerRig, dockerRig, importBusybox } from './docker-rig.js';
import { type PrivateEngine, privateEngine } from './private-engine.js';

let engine: PrivateEngine;
let rig: DockerRig;
let image: string;

beforeAll(async () => {
  engine = await privateEngine();
  await engine.use('first');
  rig = dockerRig({ socketPath: engine.socketPath });
  image = rig.imageName();
  await importBusybox(rig.tools, image);
});

afterAll(async () => {
  await rig?.driver.close();
  await engine?.close();
});

const running = async () => {
  const spec = rig.spec(image);
  await rig.driver.create(spec, rig.call());
  await rig.until(spec.name, 'runs', ({ state }) => state === 'running');
  return spec;
};

/** An old connection may still be found broken once after the engine is back. */
const listed = () =>
  eventually('the engine answers', () => rig.driver.list({ owner: rig.owner }, rig.call()).catch(() => false as const));

it('while the engine is down everything is unavailable; afterwards its instances have ended', async () => {
  const spec = await running();
  const { engine: id } = await listed();
  await engine.stop('first');
  expect(await dockerAnswers({ socketPath: engine.socketPath })).toMatchObject({ ok: false });
  const refusals = [
    rig.driver.list({ owner: rig.owner }, rig.call()),
    rig.driver.create(rig.spec(image), rig.call()),
    rig.remove(spec.name),
    rig.driver.park?.(spec.name, 'pause', rig.owned()),
    rig.driver.usage?.([spec.name], rig.owned()),
    rig.logLines(spec.name),
  ];
  for (const refusal of refusals) await expect(refusal).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  await engine.use('first');
  expect((await listed()).engine).toBe(id);
  const ended = await rig.until(spec.name, 'has ended', ({ state }) => state === 'exited');
  expect(ended.exit?.oom).toBe(false);
  await rig.remove(spec.name);
  expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
});

it('a killed engine is unavailable, whoever waits for it is told, and a watch goes on with the next one', async () => {
  const spec = await running();
  const hinted: string[] = [];
  const unsubscribe = rig.driver.watch?.({ owner: rig.owner }, (deployment) => hinted.push(deployment));
  const call = { ...rig.owned(), follow: true, tail: undefined, since: undefined };
  const following = (async () => {
    for await (const _ of rig.driver.logs?.(spec.name, call) ?? []);
  })().then(
    () => 'ended',
    (error: { code?: string }) => error.code,
  );
  await engine.kill('first');
  // Either its stream breaks, or it had not begun: both are the engine's absence.
  expect(await following).toBe('unavailable');
  await expect(rig.driver.list({ owner: rig.owner }, rig.call())).rejects.toMatchObject({ code: 'unavailable' });
  await engine.use('first');
  await listed();
  await rig.until(spec.name, 'has ended', ({ state }) => state === 'exited');
  await eventually(
    'a hint',
    async () => {
      const { deploymentId, name } = await running();
      await rig.remove(name);
      return hinted.includes(deploymentId);
    },
    { deadlineMs: 90_000 },
  );
  unsubscribe?.();
  await rig.remove(spec.name);
});

// Found by chaos, seed 1371954244: the deployment was being deleted for ever.
it('a removal that broke off with its engine is asked for again: nothing goes on with it by itself', async () => {
  const spec = await running();
  await engine.stop('first');
  await engine.breakOffRemoval('first', spec.name);
  await engine.use('first');
  await listed();
  await rig.until(spec.name, 'has ended', ({ state }) => state === 'exited');
  await rig.remove(spec.name);
  expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
});

it('an engine that was exchanged for an empty one is unavailable until the former one is back', async () => {
  const spec = await running();
  const { engine: id } = await listed();
  await engine.stop('first');
  await engine.use('second');
  const refused = () =>
    eventually('the exchange is told', () =>
      rig.driver.list({ owner: rig.owner }, rig.call()).then(
        ({ instances }) => {
          throw new Error(`listed ${instances.length} instances of another engine`);
        },
        (error: { code?: string; message: string }) => error.message.includes('is not the one that was there') && error,
      ),
    );
  expect((await refused()).code).toBe('unavailable');
  await expect(rig.driver.create(rig.spec(image), rig.call())).rejects.toMatchObject({ code: 'unavailable' });
  // A host that starts now takes it as the new one, under another identity.
  const fresh = dockerDriver({ socketPath: engine.socketPath });
  const other = await fresh.list({ owner: rig.owner }, rig.call());
  expect(other.instances).toEqual([]);
  expect(other.engine).not.toBe(id);
  await fresh.close();
  // That marked the other engine for this owner, and still it is not the one that was there.
  expect((await refused()).code).toBe('unavailable');
  await engine.stop('second');
  await engine.use('first');
  const back = await eventually('the former engine is told', async () => {
    const found = await rig.driver.list({ owner: rig.owner }, rig.call()).catch(() => undefined);
    return found?.engine === id && found;
  });
  expect(back.instances.map(({ name }) => name)).toEqual([spec.name]);
  await rig.remove(spec.name);
});

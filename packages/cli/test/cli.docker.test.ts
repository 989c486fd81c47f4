import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { dockerDriver } from '@moorage/driver-docker';
import { afterAll, expect, it } from 'vitest';
import { dockerEngine } from '../src/docker-engine.js';
import { openEngine } from '../src/open-engine.js';

const io = { out: () => {}, err: () => {}, env: {}, signal: new AbortController().signal };
const owner = `o-cli-${randomUUID()}`;
const engine = dockerEngine({});

interface Volumes {
  readonly Volumes: readonly { readonly Name: string }[] | null;
}

async function markers(): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`moorage.owner=${owner}`] }));
  const { Volumes } = await engine.get<Volumes>(`/volumes?filters=${filters}`, io.signal);
  return (Volumes ?? []).map((volume) => volume.Name);
}

afterAll(async () => {
  for (const name of await markers()) {
    await new Promise<void>((resolve, reject) => {
      const call = request({ socketPath: engine.address, method: 'DELETE', path: `/volumes/${name}` }, (response) => {
        response.resume();
        response.on('end', resolve);
      });
      call.on('error', reject);
      call.end();
    });
  }
});

it('leaves no mark on an engine that the installation has never used, and says so', async () => {
  const wanted = { name: 'docker' as const, owner, folder: '' };
  await expect(openEngine({ ...wanted, deployments: 1 }, io, io.signal)).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('has never used the Docker Engine'),
  });
  const { driver } = await openEngine({ ...wanted, deployments: 0 }, io, io.signal);
  if (driver.level !== 'container') throw new Error('Docker knows containers');
  expect((await driver.list({ owner }, { signal: io.signal })).instances).toEqual([]);
  await driver.close();
  expect(await markers()).toEqual([]);
});

it('looks at an engine that a host has used', async () => {
  const host = dockerDriver();
  const { engine: id } = await host.list({ owner }, { signal: io.signal });
  await host.close();
  const { driver, words } = await openEngine({ name: 'docker', owner, folder: '', deployments: 1 }, io, io.signal);
  expect(words).toBe(`Docker Engine at ${engine.address}`);
  if (driver.level !== 'container') throw new Error('Docker knows containers');
  expect(await driver.list({ owner }, { signal: io.signal })).toEqual({ engine: id, instances: [] });
  await driver.close();
  expect(await markers()).toHaveLength(1);
});

it('says in a clear line that no engine answers', async () => {
  const away = { ...io, env: { DOCKER_HOST: 'unix:///no/such.sock' } };
  const looking = openEngine({ name: 'docker', owner, folder: '', deployments: 1 }, away, io.signal);
  await expect(looking).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('The Docker Engine at "/no/such.sock" does not answer'),
  });
});

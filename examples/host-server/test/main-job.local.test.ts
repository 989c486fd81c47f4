import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { newPlace, type Place } from './support/host-process.js';
import { walkMainJob } from './support/main-job.js';

let place: Place | undefined;
afterEach(async () => place?.clean());

it('walks the main job with processes: start, use, stop, adopt, kill, adopt, remove', {
  timeout: 180_000,
}, async () => {
  place = await newPlace('process');
  await walkMainJob(place);
  expect(readdirSync(join(place.folder, 'processes', 'instances'))).toEqual([]);
  expect(readdirSync(place.folder)).not.toContain('lock');
  for (const name of ['token', 'secrets.key']) expect(statSync(join(place.folder, name)).mode & 0o777).toBe(0o600);
});

it('serves without a real engine on memory, and without a token when told so', { timeout: 120_000 }, async () => {
  place = await newPlace('memory', { MOORAGE_TOKEN: '' });
  const host = place.start();
  const { url, curls } = await host.ready();
  expect(curls).toHaveLength(2);
  const open = await fetch(`${url}/v1/containers`);
  expect(open.status).toBe(200);
  const page = await fetch(`${url}/v1/containers`, { headers: { origin: 'https://evil.example' } });
  expect(page.status).toBe(403);
  const agents = (await open.json()) as { data: { containers: unknown[] } };
  expect(agents.data.containers).toHaveLength(1);
  expect(await host.end('SIGTERM')).toBe(0);
});

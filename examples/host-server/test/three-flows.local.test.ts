import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { calculatorManifest } from '@moorage/example-agents/manifests';
import { afterEach, expect, it } from 'vitest';
import { newPlace, type Place } from './support/host-process.js';
import { until } from './support/shell.js';

const script = (name: string) => fileURLToPath(new URL(`support/${name}`, import.meta.url));
const calculator = fileURLToPath(new URL('../../agents/dist/calculator.mjs', import.meta.url));
const customer = 'customer-777';

let place: Place | undefined;
let marketplace: ChildProcess | undefined;
afterEach(async () => {
  marketplace?.kill('SIGKILL');
  await place?.clean();
});

function startMarketplace(url: string, token: string): Promise<string> {
  const child = spawn(process.execPath, [script('marketplace.mjs')], {
    env: { HOST_URL: url, HOST_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  marketplace = child;
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(line.trim()));
    child.once('error', reject);
  });
}

const ask = async (url: string, body: unknown) => {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, unknown>;
};

it('deploys, discovers and bills over HTTP between real processes', { timeout: 180_000 }, async () => {
  place = await newPlace('process');
  const host = place.start();
  const { url, token = '' } = await host.ready();
  const market = await startMarketplace(url, token);

  const manifest = calculatorManifest({ language: 'node', entrypoint: calculator });
  const rented = await ask(`${market}/rent`, { customer, manifest });
  expect(rented).toMatchObject({
    container_id: expect.stringMatching(/^d-/),
    address: expect.stringMatching(/^http:/),
  });
  expect((await fetch(String(rented.health_url))).status).toBe(200);

  const { stdout } = await promisify(execFile)(process.execPath, [script('app.mjs'), market, customer]);
  expect(JSON.parse(stdout)).toMatchObject({ result: 8 });

  const billed = await until(
    () => ask(`${market}/bill`, { customer }),
    (bill) => (bill.usage as unknown[]).length > 0,
  );
  expect(billed.usage).toEqual([
    expect.objectContaining({ customer_id: customer, agent_id: manifest.agent_id, action: 'calculate' }),
  ]);
  expect(await ask(`${market}/bill`, { customer: 'customer-demo' })).toMatchObject({ usage: [] });
});

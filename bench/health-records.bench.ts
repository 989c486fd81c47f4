import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@moorage/core';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import pg from 'pg';
import { createHealthRecorder } from '../packages/core/src/engine/health-recorder.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { processorTimeOf } from './support/processor-time.js';

/**
 * 2 000 health records a second into PostgreSQL, by what a host keeps them with. This process is the host: what it
 * takes beyond making the records is the figure.
 */
const perSecond = amount('records', 2_000);
const measureMs = amount('seconds', 30) * 1_000;
const deployments = 10_000;
const tickMs = 50;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const ids = Array.from({ length: deployments }, (_, index) => ({
  deploymentId: `d-${String(index).padStart(16, 'a')}`,
  instance: `moor-d-${String(index).padStart(16, 'a')}-0-0123abcd-1`,
}));

/** Calls `add` at the rate, for so long; returns how many there were. */
async function atRate(forMs: number, add: (index: number) => void): Promise<number> {
  const began = performance.now();
  let made = 0;
  for (let passed = 0; passed < forMs; passed = performance.now() - began) {
    const due = Math.floor((Math.min(passed, forMs) * perSecond) / 1_000);
    for (; made < due; made += 1) add(made);
    await wait(tickMs);
  }
  return made;
}

const recordOf = (index: number) => {
  const { deploymentId, instance } = ids[index % deployments] ?? { deploymentId: '', instance: '' };
  return {
    deploymentId,
    instance,
    status: 'ok' as const,
    responseTimeMs: 1 + (index % 100) / 10,
    load: (index % 50) / 100,
    errorMessage: undefined,
    checkedAt: Date.now(),
  };
};

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-bench-'));
  const server = await embeddedPostgres({ folder });
  try {
    const store = await postgresStore({ url: server.url });
    const recorder = createHealthRecorder({ store, clock: systemClock, logger: { log: () => undefined } });
    await atRate(5_000, (index) => recorder.add(recordOf(index)));
    await recorder.flush();
    const countBefore = await countOf(server.url);
    const before = { cpu: process.cpuUsage(), database: await processorTimeOf(server.pid() ?? 0) };
    const began = performance.now();
    const made = await atRate(measureMs, (index) => recorder.add(recordOf(index)));
    await recorder.flush();
    const tookMs = performance.now() - began;
    const { user, system } = process.cpuUsage(before.cpu);
    const database = ((await processorTimeOf(server.pid() ?? 0)) - before.database) / tookMs;
    const kept = (await countOf(server.url)) - countBefore;
    await recorder.close();
    await store.close();
    report({ host: (user + system) / 1_000 / tookMs, database, rate: (made * 1_000) / tookMs, lost: made - kept });
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** How many records of these deployments the database has. */
async function countOf(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ readonly count: string }>('select count(*) as count from health_checks');
  await client.end();
  return Number(rows[0]?.count ?? 0);
}

function report(measured: { host: number; database: number; rate: number; lost: number }): void {
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
  process.stdout.write(
    `${measured.rate.toFixed(0)} records/s, the database took ${percent(measured.database)} of a core\n`,
  );
  figure({
    what: `${perSecond} health records a second, processor of the host`,
    measured: `${percent(measured.host)} of a core`,
    bar: 'at most 10 %',
    met: measured.host <= 0.1,
  });
  figure({
    what: `${perSecond} health records a second, lost`,
    measured: String(measured.lost),
    bar: '0',
    met: measured.lost === 0,
  });
}

await main();

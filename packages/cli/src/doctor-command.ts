import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeploymentRecord, diagnose, type Store } from '@moorage/core';
import { toMoorageError } from '@moorage/protocol';
import { chooseDriver } from './choose-driver.js';
import { cleanText } from './clean-text.js';
import type { CliIo } from './cli-io.js';
import { cannotLook } from './exit-codes.js';
import { formatDiagnosis, type Looked } from './format-diagnosis.js';
import { openEngine } from './open-engine.js';
import { openStore } from './open-store.js';

export interface DoctorOptions {
  readonly store?: string | undefined;
  readonly schema?: string | undefined;
  readonly state?: string | undefined;
  readonly driver?: string | undefined;
  readonly processes?: string | undefined;
  readonly json?: boolean | undefined;
}

const differs = 1;

/** An engine that takes longer counts as away. */
const engineTimeoutMs = 60_000;

/** Compares and prints; returns the exit code. Starts no host and writes nothing. */
export async function doctorCommand(options: DoctorOptions, io: CliIo): Promise<number> {
  try {
    const { looked, diagnosis } = await examine(options, io);
    const ok = diagnosis.findings.every((finding) => !finding.differs);
    io.out(
      options.json
        ? `${JSON.stringify({ ok, looked, ...diagnosis }, undefined, 2)}\n`
        : formatDiagnosis(diagnosis, looked),
    );
    return ok ? 0 : differs;
  } catch (thrown) {
    const { code, message } = toMoorageError(thrown);
    if (options.json) io.out(`${JSON.stringify({ ok: false, error: { code, message } }, undefined, 2)}\n`);
    io.err(`moorage doctor could not look: ${cleanText(message)}\n`);
    return cannotLook;
  }
}

async function examine(options: DoctorOptions, io: CliIo) {
  const state = options.state ?? (io.env.MOORAGE_STATE || '.moorage');
  // A folder that was named is meant, whatever the environment says.
  const url = options.store ?? (options.state === undefined ? io.env.DATABASE_URL || undefined : undefined);
  const folder = options.processes ?? join(state, 'processes');
  const { store, words, close } = await openStore({ url, schema: options.schema, state });
  try {
    const records = await allRecords(store);
    const hasProcesses = await stat(join(folder, 'engine.json')).then(
      () => true,
      () => false,
    );
    const name = chooseDriver(options.driver ?? (io.env.MOORAGE_DRIVER || undefined), records, hasProcesses);
    const signal = AbortSignal.any([io.signal, AbortSignal.timeout(engineTimeoutMs)]);
    const wanted = { name, owner: await store.owner(), folder, deployments: records.length };
    const engine = await openEngine(wanted, io, signal);
    try {
      const { driver, foreign } = engine;
      const diagnosis = await diagnose({ store, driver, foreign, now: Date.now(), signal });
      const looked: Looked = { store: words, engine: engine.words };
      return { looked, diagnosis };
    } finally {
      await engine.driver.close();
    }
  } finally {
    await close();
  }
}

async function allRecords(store: Store): Promise<readonly DeploymentRecord[]> {
  const records: DeploymentRecord[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({}, { limit: 1000, after });
    records.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return records;
}

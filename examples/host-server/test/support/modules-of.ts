import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from './host-process.js';

/** The addresses of all that Node loaded in a host that was started and ended, as its coverage report tells them. */
export async function modulesOf(place: Place, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'moorage-coverage-'));
  try {
    const host = place.start({ ...env, NODE_V8_COVERAGE: folder });
    await host.ready().catch(() => undefined);
    await host.end('SIGTERM');
    const reports = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    return reports.flatMap((report) =>
      (JSON.parse(report) as { result: { url: string }[] }).result.map(({ url }) => url),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { readdir, readFile } from 'node:fs/promises';

/** Processes whose command line names this path (Linux), `but` one: servers and initdb of a folder. */
export async function processesOf(path: string, but?: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === but || pid === process.pid) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(path)) found.push(pid);
  }
  return found;
}

import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a line as a person would paste it, and gives what it printed. */
export async function shell(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { timeout: 60_000 });
  return stdout;
}

/** Runs a line that does not end by itself, until it has printed `sign`. */
export function shellUntil(line: string, sign: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `exec ${line}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes(sign)) child.kill('SIGTERM');
    });
    child.once('close', () =>
      output.includes(sign) ? resolve(output) : reject(new Error(`"${line}" ended without "${sign}": ${output}`)),
    );
    child.once('error', reject);
  });
}

/** Asks again until the answer is the wanted one; the test's own time limit ends it else. */
export async function until<T>(ask: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

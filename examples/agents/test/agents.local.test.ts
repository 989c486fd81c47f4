import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Program, startProgram } from './program.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moorage-agents-'));
  // As the build does it, into a folder where no package can be found.
  const tsup = join(root, 'node_modules/tsup/dist/cli-default.js');
  const config = join(root, 'examples/agents/tsup.config.ts');
  await run(process.execPath, [tsup, '--config', config, '--out-dir', folder], { cwd: root });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const running: Program[] = [];
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.process.kill('SIGKILL');
    await program.ended;
  }
});

function start(name: string, env: Readonly<Record<string, string>> = {}): Program {
  const program = startProgram(join(folder, `${name}.mjs`), { PORT: '0', ...env });
  running.push(program);
  return program;
}

describe('the bundled agents', () => {
  it('calculate 5 + 3, refuse to divide by zero, and end with 0', async () => {
    const agent = start('calculator');
    const url = await agent.written(/answers at (\S+)/);
    const send = async (params: object) => {
      const response = await fetch(`${url}/actions`, {
        method: 'POST',
        body: JSON.stringify({ action: 'calculate', params }),
      });
      return { status: response.status, body: (await response.json()) as unknown };
    };
    expect(await send({ a: 5, b: 3, op: '+' })).toEqual({ status: 200, body: expect.objectContaining({ result: 8 }) });
    expect(await send({ a: 5, b: 0, op: '/' })).toEqual({
      status: 400,
      body: {
        error: expect.objectContaining({
          code: 'invalid_argument',
          message: expect.stringContaining('divided by zero'),
        }),
      },
    });
    agent.process.kill('SIGTERM');
    expect(await agent.ended).toEqual({ code: 0, signal: null });
  });

  it('divide, as the first page of the protocol shows', async () => {
    const agent = start('divider');
    const url = await agent.written(/answers at (\S+)/);
    const divide = async (b: number) => {
      const body = JSON.stringify({ action: 'divide', params: { a: 6, b } });
      return (await fetch(`${url}/actions`, { method: 'POST', body })).json() as Promise<unknown>;
    };
    expect(await divide(3)).toMatchObject({ result: 2, action: 'divide' });
    expect(await divide(0)).toMatchObject({ error: { code: 'invalid_argument' } });
  });

  it('crash with code 3 and a last word', async () => {
    const agent = start('crash-loop', { CRASH_AFTER_MS: '1' });
    expect(await agent.ended).toEqual({ code: 3, signal: null });
    expect(agent.output()).toContain('ends with code 3');
  });

  it('start slowly, and are well then', async () => {
    const agent = start('slow-start', { SLOW_START_MS: '50' });
    await agent.written(/listens in 50 ms/);
    const url = await agent.written(/answers at (\S+)/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('take memory, and answer while they do', async () => {
    const agent = start('memory-hog', { MEMORY_HOG_LIMIT_MB: '24', MEMORY_HOG_STEP_MS: '1' });
    const url = await agent.written(/answers at (\S+)/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await agent.written(/holds 24 MiB/);
  });
});

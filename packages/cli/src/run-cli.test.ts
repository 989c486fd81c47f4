import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

async function run(...args: string[]) {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: { MOORAGE_STATE: 'no-such-folder' },
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

describe('runCli', () => {
  it('tells what it can', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const command of ['list', 'logs', 'events', 'doctor']) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it.each([[['unknown']], [['list', '--wrong']], [['logs']], [['logs', 'd-1', '--tail', 'x']], [[]]])(
    'refuses %j and says what is wrong',
    async (args) => {
      const { code, err } = await run(...args);
      expect(code).toBe(64);
      expect(err).not.toBe('');
    },
  );

  it('refuses a url that is none', async () => {
    const { code, err } = await run('list', '--url', 'nowhere');
    expect(code).toBe(64);
    expect(err).toContain('"nowhere"');
  });

  it('is 2 where doctor cannot look, in one line, or as JSON', async () => {
    expect((await run('doctor', '--driver', 'podman')).code).toBe(2);
    const { code, out, err } = await run('doctor');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^moorage doctor could not look: There is no embedded PostgreSQL in "no-such-folder\/postgres".*\n$/,
    );
    const json = await run('doctor', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: 'not_found' } });
  });
});

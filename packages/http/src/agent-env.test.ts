import { expect, it } from 'vitest';
import { withAgentEnv } from './agent-env.js';

const url = { name: 'MOORAGE_USAGE_URL', value: 'http://127.0.0.1:3000/v1/usage' };

it('adds what is missing', () => {
  expect(withAgentEnv({ agent_id: 'a' }, [url])).toEqual({ agent_id: 'a', runtime: { env: [url] } });
});

it('leaves what the manifest sets itself', () => {
  const own = { name: 'MOORAGE_USAGE_URL', value: 'mine' };
  const other = { name: 'X', value: '1' };
  const manifest = { runtime: { image: 'x', env: [own] } };
  expect(withAgentEnv(manifest, [url, other])).toEqual({ runtime: { image: 'x', env: [own, other] } });
  expect(manifest.runtime.env).toEqual([own]);
});

it.each([{ runtime: { env: 'wrong' } }, { runtime: { env: { a: 'b' } } }])(
  'leaves %j for the manifest check',
  (bad) => {
    expect(withAgentEnv(bad, [url])).toBe(bad);
  },
);

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostAccess } from './host-client.js';

let state = '';
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'moorage-cli-'));
  writeFileSync(join(state, 'token'), 'from-the-folder\n');
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

it('takes options before variables before the state folder', () => {
  const env = { MOORAGE_URL: 'http://127.0.0.1:4000', MOORAGE_TOKEN: 'variable', MOORAGE_STATE: state };
  expect(hostAccess({ url: 'http://x', token: 'option' }, env)).toEqual({ url: 'http://x', token: 'option' });
  expect(hostAccess({}, env)).toEqual({ url: 'http://127.0.0.1:4000', token: 'variable' });
  expect(hostAccess({}, { MOORAGE_STATE: state })).toEqual({ url: 'http://127.0.0.1:3000', token: 'from-the-folder' });
  expect(hostAccess({}, { MOORAGE_TOKEN: '', MOORAGE_STATE: state }).token).toBeUndefined();
});

it.each(['http://localhost:1', 'http://[::1]:1', 'http://127.9.9.9'])('gives the token of the folder to %s', (url) => {
  expect(hostAccess({ url }, { MOORAGE_STATE: state }).token).toBe('from-the-folder');
});

it.each(['http://example.org', 'http://127.0.0.1.example.org', 'http://localhost.example.org', 'no url'])(
  'gives it to %s only when its folder was named',
  (url) => {
    expect(hostAccess({ url }, { MOORAGE_STATE: state }).token).toBeUndefined();
    expect(hostAccess({ url, state }, {}).token).toBe('from-the-folder');
  },
);

it('refuses a named folder without a token', () => {
  const absent = join(state, 'absent');
  expect(() => hostAccess({ state: absent }, {})).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  expect(hostAccess({}, { MOORAGE_STATE: absent }).token).toBeUndefined();
});

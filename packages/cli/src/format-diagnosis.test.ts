import type { Diagnosis, Finding } from '@moorage/core';
import { expect, it } from 'vitest';
import { formatDiagnosis } from './format-diagnosis.js';

const looked = { store: 'PostgreSQL at db/moorage', engine: 'Docker Engine at /var/run/docker.sock' };
const diagnosis: Diagnosis = {
  owner: 'o-1',
  engine: 'e-1',
  hosts: [{ id: 'host-1', deployments: 2 }],
  deployments: 2,
  instances: 1,
  findings: [],
};
const missing: Finding = {
  kind: 'missing',
  differs: true,
  message: 'a of b lacks its instance 0',
  willDo: 'create x: 0 of 1 there',
};
const theirs: Finding = {
  kind: 'not-ours',
  differs: false,
  instance: 'moor-theirs',
  owner: 'o-2',
  message: 'm',
  willDo: 'never touch it',
};
const noHost: Finding = {
  kind: 'no-host',
  differs: false,
  message: 'No host is alive',
  willDo: 'nothing until a host starts',
};

it('says where it looked, who works, and that nothing differs', () => {
  expect(formatDiagnosis(diagnosis, looked)).toBe(
    [
      'Store   PostgreSQL at db/moorage, owner o-1',
      'Engine  Docker Engine at /var/run/docker.sock',
      '',
      'Host    host-1 has a live lease, and works on 2 agents',
      '2 agents wanted, 1 instance of ours on the engine',
      '',
      'Nothing differs.',
      '',
    ].join('\n'),
  );
});

it('says what differs, what will be done, by whom, and what is not ours', () => {
  const told = formatDiagnosis({ ...diagnosis, findings: [theirs, { ...missing, host: 'host-1' }] }, looked);
  expect(told).toContain('a of b lacks its instance 0\n  host-1 will: create x: 0 of 1 there\n');
  expect(told).toContain('Not ours, never touched:\n  of the owner o-2: moor-theirs\n');
  expect(told).toContain('1 difference. Nothing was changed.\n');
  const alone = formatDiagnosis({ ...diagnosis, hosts: [], findings: [missing, noHost] }, looked);
  expect(alone).toContain('  a host that starts will: create x');
  expect(alone).toContain('No host is alive\n  that means: nothing until a host starts\n');
});

it('lets no control character reach the terminal', () => {
  const nasty = { ...missing, message: 'ended: \u001b]0;title\u0007' };
  expect(formatDiagnosis({ ...diagnosis, findings: [nasty] }, looked)).not.toContain('\u001b');
});

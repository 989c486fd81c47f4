import type { Commit, DeploymentRecord } from '@moorage/core/store';
import { initialStatus, linkAudit } from '@moorage/core/store';
import { expect, it } from 'vitest';
import { writeStatement } from './commit-writes.js';
import { namesIn } from './names.js';

const names = namesIn('public');
const event = {
  type: 'deployment-updated',
  deploymentId: 'd-1',
  tenant: 't',
  agentId: 'a',
  message: 'm',
  data: {},
} as const;
const audit = { actor: 'host', action: 'look', cause: 'because', details: {} };

function statusWrite(events: number, audits: number) {
  const commit: Commit = {
    deploymentId: 'd-1',
    expectedRevision: 1,
    status: initialStatus(1),
    events: Array.from({ length: events }, () => event),
    audit: Array.from({ length: audits }, () => audit),
  };
  const record = { status: initialStatus(1), revision: 2 } as DeploymentRecord;
  const linked = commit.audit.map((entry) => linkAudit(undefined, 'd-1', entry, 1));
  return writeStatement(names, { commit, now: 1, revision: 2, record, audit: linked, sender: 's' });
}

it('gives one name to one text, however much is written', () => {
  const one = statusWrite(1, 1);
  const many = statusWrite(7, 3);
  expect(many.name).toBe(one.name);
  expect(many.text).toBe(one.text);
  expect(statusWrite(0, 1).name).not.toBe(one.name);
  expect(statusWrite(1, 0).name).not.toBe(one.name);
});

it('names statements within the 63 bytes that PostgreSQL keeps, and uses every value', () => {
  for (const write of [statusWrite(0, 0), statusWrite(3, 0), statusWrite(3, 2)]) {
    expect(write.name.length).toBeLessThan(64);
    const places = new Set([...write.text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1])));
    expect(places.size).toBe(write.values.length);
  }
});

it('takes the row of numbers only when there is something to number', () => {
  expect(statusWrite(0, 1).text).not.toContain('moorage_sequence');
  expect(statusWrite(1, 1).text).toContain('moorage_sequence');
});

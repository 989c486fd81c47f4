import { expect, it } from 'vitest';
import { absent, afterwards, carriedOut, type Wish } from './wish.js';

const one: Wish = { state: 'present', version: 1, replicas: 1, parked: false, restarts: 0 };
const acknowledged = { kind: 'acknowledged' } as const;
const lost = { kind: 'lost', late: false } as const;
const refused = (code: string) => ({ kind: 'refused', code }) as const;

it('what was acknowledged is so, and nothing else', () => {
  expect(afterwards([absent], { kind: 'deploy', version: 1 }, { ...acknowledged, created: true })).toEqual([one]);
  expect(afterwards([one], { kind: 'scale', replicas: 3 }, acknowledged)).toEqual([{ ...one, replicas: 3 }]);
  expect(afterwards([one], { kind: 'restart' }, acknowledged)).toEqual([{ ...one, restarts: 1 }]);
  expect(afterwards([one], { kind: 'delete' }, acknowledged)).toEqual([absent]);
});

it('a request without an answer may be either', () => {
  expect(afterwards([one], { kind: 'park', depth: 'stop' }, lost)).toEqual([one, { ...one, parked: 'stop' }]);
  expect(afterwards([one], { kind: 'scale', replicas: 1 }, lost)).toEqual([one]);
  expect(afterwards([absent], { kind: 'unpark' }, lost)).toEqual([absent]);
});

it('a later answer tells what has become of it', () => {
  const open = afterwards([one], { kind: 'delete' }, lost);
  expect(afterwards(open, { kind: 'scale', replicas: 2 }, refused('not_found'))).toEqual([absent]);
  expect(afterwards(open, { kind: 'scale', replicas: 2 }, acknowledged)).toEqual([{ ...one, replicas: 2 }]);
  const deploying = afterwards([absent], { kind: 'deploy', version: 1 }, lost);
  expect(afterwards(deploying, { kind: 'deploy', version: 2 }, refused('already_exists'))).toEqual([one]);
});

it('an answer that contradicts what was acknowledged leaves nothing', () => {
  expect(afterwards([one], { kind: 'scale', replicas: 2 }, refused('not_found'))).toEqual([]);
  expect(afterwards([one], { kind: 'deploy', version: 1 }, { ...acknowledged, created: true })).toEqual([]);
  expect(afterwards([absent], { kind: 'unpark' }, acknowledged)).toEqual([]);
  expect(carriedOut(one, { kind: 'deploy', version: 2 })).toBeUndefined();
});

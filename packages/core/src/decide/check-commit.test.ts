import { describe, expect, it } from 'vitest';
import type { Commit } from '../ports/store.js';
import { creation, sampleDesired } from '../testing/store-conformance-kit.js';
import { checkCommit } from './check-commit.js';
import { initialStatus } from './initial-status.js';
import { shardOf } from './shard-of.js';

const desired = sampleDesired();
const fence = { shard: shardOf(desired.id), token: 1, holder: 'host-a' };
const change: Commit = { deploymentId: desired.id, expectedRevision: 1, desired, events: [], audit: [] };

describe('checkCommit', () => {
  it.each<[string, Commit]>([
    ['a creation', creation(desired)],
    ['a creation with a first status and no fence', creation(desired, { status: initialStatus(1) })],
    ['a new wish', change],
    ['a new wish with a fence', { ...change, fence }],
    ['a status', { ...change, desired: undefined, status: initialStatus(1), fence }],
    ['a drop', { ...change, desired: undefined, drop: true, fence }],
  ])('takes %s', (_, commit) => {
    expect(() => checkCommit(commit)).not.toThrow();
  });

  it.each<[string, Commit]>([
    ['a creation without a wish', { ...creation(desired), desired: undefined }],
    ['a creation without an address', { ...creation(desired), address: undefined }],
    ['a creation that drops', { ...creation(desired), drop: true }],
    ["another deployment's wish", { ...change, deploymentId: 'd-other' }],
    ['an address for what has one', { ...change, address: { id: 'a-1', ports: undefined } }],
    ['a status without a fence', { ...change, status: initialStatus(1) }],
    ['a drop without a fence', { ...change, drop: true }],
    ['the fence of another shard', { ...change, fence: { ...fence, shard: (fence.shard + 1) % 64 } }],
    ['an empty name', { ...change, desired: { ...desired, name: '' } }],
  ])('refuses %s', (_, commit) => {
    expect(() => checkCommit(commit)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

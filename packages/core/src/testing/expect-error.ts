import assert from 'node:assert/strict';
import { type ErrorCode, isMoorageError, type MoorageError } from '@moorage/protocol/base';

/** The promise has to reject with a `MoorageError` of one of these codes; resolves with it. */
export async function expectError(promise: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<MoorageError> {
  const wanted = codes.join(' or ');
  let thrown: unknown;
  try {
    await promise;
  } catch (error) {
    thrown = error;
  }
  assert.notEqual(thrown, undefined, `was accepted, and has to be refused with ${wanted}`);
  if (!isMoorageError(thrown)) throw new Error(`Not a MoorageError; ${wanted} was due`, { cause: thrown });
  assert.ok(codes.includes(thrown.code), `refused with ${thrown.code} ("${thrown.message}"), and ${wanted} was due`);
  assert.ok(thrown.message.length > 10, 'the message says what happened');
  return thrown;
}

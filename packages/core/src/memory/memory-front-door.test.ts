import { isMoorageError } from '@moorage/protocol/base';
import { describe, expect, it } from 'vitest';
import { memoryClock } from './memory-clock.js';
import { memoryFrontDoor } from './memory-front-door.js';

const record = (id: string, port: number | undefined) => ({
  id,
  tenant: 'tenant-a',
  agentId: 'agent.x',
  deploymentId: `d-${id}`,
  port,
  createdAt: 0,
});
const backend = (instance: string, port = 1) => ({ instance, endpoint: { host: 'memory', port } });

describe('memoryFrontDoor', () => {
  it('opens an address once, and refuses its port to another', async () => {
    const door = memoryFrontDoor();
    expect(await door.open(record('a', 42_000), 'tenant-a')).toBe('http://memory:42000');
    expect(await door.open(record('a', 42_000), 'tenant-a')).toBe('http://memory:42000');
    const refused = await door.open(record('b', 42_000), 'tenant-a').catch((error: unknown) => error);
    expect(isMoorageError(refused) && refused.code).toBe('already_exists');
    await door.release('a');
    await door.release('a');
    expect(await door.open(record('b', 42_000), 'tenant-a')).toBe('http://memory:42000');
    expect(door.ports()).toEqual([42_000]);
  });

  it('sends to the backend with the fewest in flight, and waits while there is none', async () => {
    const door = memoryFrontDoor({ needsPort: false });
    const hints: string[] = [];
    door.onWaiting?.((deploymentId) => void hints.push(deploymentId));
    expect(door.request('a')).toEqual({ kind: 'unknown' });
    await door.open(record('a', undefined), 'tenant-a');
    expect(door.request('a')).toEqual({ kind: 'waiting' });
    expect(hints).toEqual(['d-a']);
    door.route('a', [backend('one'), backend('two')]);
    const first = door.request('a');
    const second = door.request('a');
    expect([first, second].map((answer) => (answer.kind === 'sent' ? answer.backend.instance : answer.kind))).toEqual([
      'one',
      'two',
    ]);
    expect(door.load('a')).toEqual({ inFlight: 2, waiting: 0, requests: 2 });
  });

  it('drains: at once when idle, after the last answer, or at the limit', async () => {
    const clock = memoryClock();
    const door = memoryFrontDoor({ needsPort: false, clock });
    await door.open(record('a', undefined), 'tenant-a');
    door.route('a', [backend('one')]);
    await door.drain('one', 1_000);
    const answer = door.request('a');
    let drained = 0;
    const count = (): void => {
      drained += 1;
    };
    void door.drain('one', 1_000).then(count);
    await clock.advance(999);
    expect(drained).toBe(0);
    await clock.advance(1);
    expect(drained).toBe(1);
    void door.drain('one', 1_000).then(count);
    if (answer.kind === 'sent') {
      answer.done();
      answer.done();
    }
    await clock.advance(0);
    expect(drained).toBe(2);
    expect(clock.pending()).toBe(0);
  });
});

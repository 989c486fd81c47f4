import { describe, expect, it } from 'vitest';
import { eventMemory } from './event-memory.js';

const hour = 3_600_000;
const warning = (reason: string, message: string, at = 0) => ({ reason, message, at, times: 1 });

describe('event memory', () => {
  it('keeps the newest of each matter, newest first', () => {
    const memory = eventMemory(() => 10);
    memory.note('p', warning('Unhealthy', 'Readiness probe failed: 503', 1));
    memory.note('p', warning('Unhealthy', 'Liveness probe failed: 503', 2));
    memory.note('p', warning('Unhealthy', 'Readiness probe failed: refused', 3));
    memory.note('p', warning('Unhealthy', 'Readiness probe failed: late and old', 2));
    expect(memory.of('p').map(({ message }) => message)).toEqual([
      'Readiness probe failed: refused',
      'Liveness probe failed: 503',
    ]);
    memory.forget('p');
    expect(memory.of('p')).toEqual([]);
  });

  it('forgets what is older than an hour', () => {
    let now = 0;
    const memory = eventMemory(() => now);
    memory.note('p', warning('FailedMount', 'no such volume'));
    now = hour;
    memory.note('q', warning('FailedMount', 'told an hour late'));
    expect([...memory.of('p'), ...memory.of('q')]).toEqual([]);
  });

  it('does not grow: neither by objects, nor by reasons, nor by words', () => {
    const memory = eventMemory(() => 0);
    for (let index = 0; index < 1_001; index += 1) memory.note(`p-${index}`, warning('A', 'x'.repeat(5_000)));
    expect(memory.of('p-0')).toEqual([]);
    expect(memory.of('p-1000')[0]?.message).toHaveLength(1_000);
    for (let index = 0; index < 20; index += 1) memory.note('p-1000', warning(`Reason${index}`, 'y'));
    expect(memory.of('p-1000')).toHaveLength(6);
  });
});

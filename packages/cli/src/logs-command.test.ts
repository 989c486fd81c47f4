import { expect, it } from 'vitest';
import { formatLogLine } from './logs-command.js';

it('prints a log line with its time and instance, and leaves its colours', () => {
  const line = {
    instance_id: 'moor-1',
    stream: 'stdout' as const,
    at: '2026-01-31T12:00:00.000Z',
    text: '\u001b[1mhi',
  };
  expect(formatLogLine(line)).toBe('2026-01-31T12:00:00.000Z moor-1 \u001b[1mhi\n');
  expect(formatLogLine({ ...line, at: null })).toBe('moor-1 \u001b[1mhi\n');
});

import { expect, it } from 'vitest';
import { formatEvent } from './events-command.js';

it('prints an event in one line', () => {
  const event = {
    ...{ id: '7', type: 'instance-ended', container_id: 'd-1', agent_id: 'agent.a', customer_id: 'c-1' },
    ...{ message: 'it ended:\nexit code 1', data: {}, created_at: '2026-01-31T12:00:00.000Z' },
  };
  expect(formatEvent(event)).toBe('2026-01-31T12:00:00.000Z instance-ended c-1/agent.a d-1: it ended: exit code 1\n');
});

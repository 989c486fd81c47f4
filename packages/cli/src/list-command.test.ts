import type { ContainerRecord } from '@moorage/protocol';
import { expect, it } from 'vitest';
import { formatContainers } from './list-command.js';

const container = {
  container_id: 'd-1',
  agent_id: 'agent.calculator',
  customer_id: 'customer-1',
  name: 'agent.calculator',
  address: 'http://127.0.0.1:20000',
  phase: 'degraded',
  health: 'healthy',
  replicas: 3,
  ready_instances: 2,
} as ContainerRecord;

it('prints one line an agent, with a name only where it says more', () => {
  const second = { ...container, container_id: 'd-2', name: 'second', address: null };
  expect(formatContainers([container, second])).toBe(
    [
      'STATE     HEALTH   READY  AGENT                      CUSTOMER    ADDRESS                 ID',
      'degraded  healthy  2/3    agent.calculator           customer-1  http://127.0.0.1:20000  d-1',
      'degraded  healthy  2/3    agent.calculator (second)  customer-1  -                       d-2',
      '',
    ].join('\n'),
  );
});

it('says so when there is nothing', () => {
  expect(formatContainers([])).toBe('There are no agents.\n');
});

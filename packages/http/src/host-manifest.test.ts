import { actions, parseManifest } from '@moorage/protocol';
import { expect, it } from 'vitest';
import { hostManifest } from './host-manifest.js';

it('passes the check of any manifest, without a warning', () => {
  const manifest = hostManifest({ namespace: 'acme', oversight: { id: 'jo@acme.example' } }, '0.1.0');
  expect(parseManifest(manifest)).toEqual({ manifest, warnings: [] });
  expect(manifest.agent_id).toBe('agent.acme.hosting-orchestrator');
  expect(manifest.authority?.oversight).toEqual({ type: 'human', id: 'jo@acme.example', independent: true });
});

it('offers actions of the table only, under their categories', () => {
  for (const tool of hostManifest({}, '0.1.0').tools ?? []) {
    expect(actions[tool.name as keyof typeof actions]?.category).toBe(tool.category);
  }
});

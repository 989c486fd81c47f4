import { agentCardOf, manifestJsonSchema, parseManifest } from '@moorage/protocol';
import { describe, expect, it } from 'vitest';
import { fromJSONSchema } from 'zod';
import { calculatorManifest, crashLoopManifest, memoryHogManifest, slowStartManifest } from './manifests.js';

const makers = { calculatorManifest, crashLoopManifest, memoryHogManifest, slowStartManifest };
const sources = [{ language: 'node', entrypoint: '/agent/agent.mjs' }, { image: 'agent:1' }];
const published = fromJSONSchema(manifestJsonSchema() as Parameters<typeof fromJSONSchema>[0]);

describe.each(Object.entries(makers))('%s', (_, make) => {
  it.each(sources)('is a good manifest without a warning, run from %j', (source) => {
    const { manifest, warnings } = parseManifest(make(source));
    expect(warnings).toEqual([]);
    expect(manifest.runtime).toMatchObject(source);
    expect(published.safeParse(make(source))).toMatchObject({ success: true });
  });
});

describe('the manifests', () => {
  it('are of four different agents', () => {
    expect(new Set(Object.values(makers).map((make) => make({}).agent_id)).size).toBe(4);
  });

  it('make a card whose skill is what the calculator can do', () => {
    const card = agentCardOf(calculatorManifest({ image: 'calculator:1' }), { url: 'http://127.0.0.1:42000' });
    expect(card.skills.map(({ id }) => id)).toEqual(['calculate']);
  });
});

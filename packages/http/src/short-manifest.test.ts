import { parseManifest } from '@moorage/protocol';
import { describe, expect, it } from 'vitest';
import { manifestToCreate, manifestToUpdate } from './short-manifest.js';

describe('manifestToCreate', () => {
  it('makes a manifest of the short form that parses without a warning', () => {
    const made = manifestToCreate({
      agent_id: 'agent.calculator.calculation',
      customer_id: 'c',
      image: 'calculator:1',
      env: { A: '1', B: '' },
      resources: { cpu: '0.5', memory: '64Mi' },
    });
    expect(parseManifest(made)).toEqual({ manifest: made, warnings: [] });
    expect(made).toEqual({
      agent_id: 'agent.calculator.calculation',
      name: 'agent.calculator.calculation',
      version: '0.0.0',
      runtime: {
        image: 'calculator:1',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '' },
        ],
        resources: { cpu: '0.5', memory: '64Mi' },
      },
    });
  });

  it('takes variables as a list, with secrets', () => {
    const env = [{ name: 'KEY', value: 's', secret: true }];
    expect(manifestToCreate({ agent_id: 'a', customer_id: 'c', image: 'i', env })).toMatchObject({ runtime: { env } });
  });

  it('takes a whole manifest as it is', () => {
    const manifest = { agent_id: 'a', anything: 1 };
    expect(manifestToCreate({ customer_id: 'c', manifest })).toBe(manifest);
    expect(manifestToCreate({ customer_id: 'c', agent_id: 'a', manifest })).toBe(manifest);
  });

  it.each([
    [{ agent_id: 'b', customer_id: 'c', manifest: { agent_id: 'a' } }, 'agent_id'],
    [{ agent_id: 'b', customer_id: 'c' }, 'image'],
  ])('refuses %j for its %s', (params, field) => {
    expect(() => manifestToCreate(params)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', context: { field } }),
    );
  });
});

describe('manifestToUpdate', () => {
  const present = parseManifest({
    agent_id: 'a',
    name: 'A',
    version: '1.2.3',
    'x-team': 'blue',
    runtime: { image: 'a:1', memory_mb: 64, env: [{ name: 'PLAIN', value: '1' }] },
  }).manifest;
  const none = new Set<string>();

  it('replaces what is given and keeps the rest', () => {
    expect(manifestToUpdate({ container_id: 'x', image: 'a:2' }, present, none)).toEqual({
      ...present,
      runtime: { ...present.runtime, image: 'a:2' },
    });
  });

  it('lets new resources take the place of memory_mb', () => {
    const made = manifestToUpdate({ container_id: 'x', resources: { memory: '1Gi' } }, present, none);
    expect(parseManifest(made).manifest.runtime).toMatchObject({ image: 'a:1', resources: { memory: '1Gi' } });
    expect(made.runtime).not.toHaveProperty('memory_mb');
  });

  it('refuses to blank a sealed secret, but not one that is supplied anyhow', () => {
    const env = [{ name: 'TOKEN', value: '', secret: true }];
    const sealed = { ...present, runtime: { ...present.runtime, env } };
    expect(() => manifestToUpdate({ container_id: 'x', image: 'a:2' }, sealed, none)).toThrow('"TOKEN"');
    const supplied = manifestToUpdate({ container_id: 'x', image: 'a:2' }, sealed, new Set(['TOKEN']));
    expect(supplied.runtime).toMatchObject({ image: 'a:2', env: [] });
    const given = manifestToUpdate({ container_id: 'x', env: { TOKEN: 'new' } }, sealed, none);
    expect(given.runtime).toMatchObject({ env: [{ name: 'TOKEN', value: 'new' }] });
  });

  it('refuses an update of nothing', () => {
    expect(() => manifestToUpdate({ container_id: 'x' }, present, none)).toThrow('nothing to change');
  });
});

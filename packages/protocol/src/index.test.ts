import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as protocol from './index.js';

const folder = new URL('.', import.meta.url);
const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

describe('the main entry', () => {
  it('runs in browsers: none of its sources needs Node', () => {
    const needsNode = /from '(node:|\.\/shell)|\bprocess\.\w|\bBuffer\b/;
    const offenders = sources.filter((name) => needsNode.test(readFileSync(new URL(name, folder), 'utf8')));
    expect(offenders).toEqual([]);
    expect(sources).toContain('client.ts');
  });

  it('has what the other packages build on', () => {
    const names = ['parseManifest', 'manifestJsonSchema', 'actions', 'readRestParams', 'createClient', 'agentCardOf'];
    expect(names.filter((name) => !(name in protocol))).toEqual([]);
  });
});

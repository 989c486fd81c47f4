import { readFileSync } from 'node:fs';
import { errorTable, manifestSchema } from '@moorage/protocol';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf } from './lib/links.mjs';
import { checkSnippets } from './lib/snippets.mjs';
import { errorTableProblems, manifestTableProblems } from './lib/tables.mjs';

const page = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

describe('snippets', () => {
  const source = 'before();\n  // #region go\n  if (ready) {\n    go();\n  }\n  // #endregion\nafter();\n';
  const read = (path: string) => (path === 'examples/x.ts' ? source : undefined);
  const block = (marker: string, body: string) => `# Title\n\n${marker}\n\`\`\`ts\n${body}\n\`\`\`\n\nText.\n`;
  const marker = '<!-- from: examples/x.ts#go -->';
  const wanted = 'if (ready) {\n  go();\n}';

  it('accepts a block that equals its region, indentation taken off', () => {
    const text = block(marker, wanted);
    expect(checkSnippets(text, read)).toEqual({ problems: [], text });
  });

  it('finds a block that differs, and writes what it should be', () => {
    const { problems, text } = checkSnippets(block(marker, 'old();'), read);
    expect(problems).toEqual([{ line: 4, message: expect.stringContaining('differs') }]);
    expect(text).toBe(block(marker, wanted));
  });

  it.each([
    ['no marker', 'Text.', /no marker/],
    ['a source that is not there', '<!-- from: examples/y.ts -->', /not there/],
    ['a region that is not there', '<!-- from: examples/x.ts#stop -->', /no "\/\/ #region stop"/],
  ])('finds %s, and leaves the block alone', (_name, line, message) => {
    const text = block(line, 'old();');
    const checked = checkSnippets(text, read);
    expect(checked.problems).toEqual([{ line: 4, message: expect.stringMatching(message) }]);
    expect(checked.text).toBe(text);
  });

  it('leaves blocks of other languages alone, also when they show a marker', () => {
    const text = `\`\`\`\n${marker}\n\`\`\`\n\n\`\`\`bash\nls\n\`\`\`\n`;
    expect(checkSnippets(text, read)).toEqual({ problems: [], text });
  });
});

describe('links', () => {
  it('reads relative links and leaves code and URLs alone', () => {
    const text = '[a](x.md#y-z) `[b](c.md)`\n```\n[d](e.md)\n```\n[f](https://example.com) [g](#h)';
    expect(linksOf(text)).toEqual([
      { line: 1, target: 'x.md#y-z', path: 'x.md', anchor: 'y-z' },
      { line: 5, target: '#h', path: '', anchor: 'h' },
    ]);
  });

  it('makes anchors from headings', () => {
    expect(anchorsOf('# In your own `service`\n\n```\n# no heading\n```\n## I1, and more')).toEqual([
      'in-your-own-service',
      'i1-and-more',
    ]);
  });
});

describe('the table of errors', () => {
  const { conflict: _conflict, ...fewer } = errorTable;
  const changed = { ...errorTable, timeout: { ...errorTable.timeout, http: 408 } };

  it('agrees with the code', () => expect(errorTableProblems(page('errors.md'), errorTable)).toEqual([]));

  it.each([
    ['a code that the page lacks', { ...errorTable, novel: errorTable.timeout }, /novel is missing/],
    ['a code that is no more', fewer, /no code conflict/],
    ['another status', changed, /timeout: the page says 504/],
  ])('finds %s', (_name, table, message) => {
    expect(errorTableProblems(page('errors.md'), table)).toEqual([expect.stringMatching(message)]);
  });
});

describe('the tables of the manifest', () => {
  it('have every field', () => expect(manifestTableProblems(page('manifest.md'), manifestSchema)).toEqual([]));

  it('find a field that is missing, and one that is no more', () => {
    const text = page('manifest.md').replace('| `runtime.port` |', '| `runtime.harbour` |');
    expect(manifestTableProblems(text, manifestSchema)).toEqual([
      expect.stringContaining('runtime.port is missing'),
      expect.stringContaining('no field runtime.harbour'),
    ]);
  });
});

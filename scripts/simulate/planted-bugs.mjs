import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/workspace.mjs';
import { copyCore } from './build-simulator.mjs';

const folder = join(root, 'scripts/planted');
const edit = /^file (\S+)\n<{4}\n([\s\S]*?)\n={4}\n([\s\S]*?)\n?>{4}\n/gm;

/**
 * Every bug below scripts/planted, in alphabetical order: `# description`, `# level: …`, and replacements of a text in a file
 * of packages/core/src.
 */
export function plantedBugs(only) {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .map((name) => name.slice(0, -'.patch'.length))
    .sort();
  if (only !== undefined && !names.includes(only))
    throw new Error(`No bug "${only}" is planted; there are ${names.join(', ')}`);
  return names
    .filter((name) => only === undefined || name === only)
    .map((name) => {
      const text = readFileSync(join(folder, `${name}.patch`), 'utf8');
      const [, description] = /^# (.*)$/m.exec(text) ?? [];
      const [, level] = /^# level: (container|workload)$/m.exec(text) ?? [];
      const edits = [...text.matchAll(edit)].map(([, file, before, after]) => ({ file, before, after }));
      if (!description || !level || edits.length === 0) throw new Error(`scripts/planted/${name}.patch cannot be read`);
      return { name, description, level, edits };
    });
}

/** Patches that no longer fit: a text is not there exactly once any more, so that the bug has to be planted anew. */
export function misfits(bugs) {
  return bugs.flatMap(({ name, edits }) =>
    edits.flatMap(({ file, before }) => {
      const found = readFileSync(join(root, 'packages/core/src', file), 'utf8').split(before).length - 1;
      return found === 1
        ? []
        : [
            {
              path: `scripts/planted/${name}.patch`,
              line: 1,
              message: `no longer fits ${file}: its text is there ${found} times`,
            },
          ];
    }),
  );
}

/** A copy of core with the bug in it. */
export function plant({ name, edits }) {
  const copy = copyCore(`planted-${name}`);
  for (const { file, before, after } of edits) {
    const path = join(copy, 'src', file);
    const source = readFileSync(path, 'utf8');
    if (!source.includes(before)) throw new Error(`scripts/planted/${name}.patch no longer fits ${file}`);
    writeFileSync(
      path,
      source.replace(before, () => after),
    );
  }
  return copy;
}

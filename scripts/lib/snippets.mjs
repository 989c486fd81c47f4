// Code in the pages comes from sources that are compiled and run. A block of TypeScript is preceded by a marker,
// `from: examples/…/file.ts#region` in an HTML comment, and equals that region.
const marker = /^<!-- from: (\S+?)(?:#(\S+))? -->$/;
const opening = /^```(ts|typescript|js|mjs)\b/;

/** Text between `// #region name` and its `// #endregion`, markers left out and indentation taken off. Undefined: no such region. */
export function regionOf(text, name) {
  const lines = text.replace(/\n$/, '').split('\n');
  let kept = lines;
  if (name !== undefined) {
    const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
    if (start < 0) return undefined;
    let depth = 1;
    const end = lines.findIndex((line, index) => {
      if (index <= start) return false;
      if (/^\s*\/\/ #region\b/.test(line)) depth += 1;
      if (/^\s*\/\/ #endregion\b/.test(line)) depth -= 1;
      return depth === 0;
    });
    kept = lines.slice(start + 1, end < 0 ? lines.length : end);
  }
  kept = kept.filter((line) => !/^\s*\/\/ #(end)?region\b/.test(line));
  const indents = kept.filter((line) => line.trim()).map((line) => /^ */.exec(line)[0].length);
  const indent = Math.min(...indents, 1000);
  return kept
    .map((line) => line.slice(indent))
    .join('\n')
    .trim();
}

/**
 * Checks the blocks of one page. `read(path)` gives a source's text, undefined when there is none. Answers with the
 * problems and with the page as it should be.
 */
export function checkSnippets(page, read) {
  const lines = page.split('\n');
  const problems = [];
  const output = [];
  let fence = '';
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    output.push(line);
    const anyFence = /^(`{3,})/.exec(line)?.[1];
    if (fence) {
      if (anyFence === fence) fence = '';
      continue;
    }
    if (!anyFence) continue;
    if (!opening.test(line)) {
      fence = anyFence;
      continue;
    }
    const close = lines.findIndex((text, at) => at > index && text === anyFence);
    const body = lines.slice(index + 1, close < 0 ? lines.length : close).join('\n');
    const { wanted, message } = wantedFor(lines[index - 1] ?? '', read);
    if (message) problems.push({ line: index + 1, message });
    else if (wanted !== body)
      problems.push({ line: index + 1, message: 'differs from its source: node scripts/docs.mjs --write' });
    output.push(wanted ?? body, anyFence);
    index = close < 0 ? lines.length : close;
  }
  return { problems, text: output.join('\n') };
}

function wantedFor(line, read) {
  const match = marker.exec(line.trim());
  if (!match) return { message: 'no marker before this block: <!-- from: examples/…/file.ts#region -->' };
  const [, path, region] = match;
  const source = read(path);
  if (source === undefined) return { message: `its source ${path} is not there` };
  const wanted = regionOf(source, region);
  return wanted === undefined ? { message: `${path} has no "// #region ${region}"` } : { wanted };
}

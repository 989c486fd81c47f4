const begin = '<!-- figures:begin -->';
const end = '<!-- figures:end -->';
const head = ['| benchmark | figure | measured | bar | | date |', '|---|---|---|---|---|---|'];

/** Figures among the lines that a benchmark printed: `figure: what | measured | bar | met`. */
export function figuresIn(output) {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('figure: ')) return [];
    const [what = '', measured = '', bar = '', verdict = ''] = line.slice('figure: '.length).split(' | ');
    return [{ what, measured, bar, met: verdict.trim() === 'met' }];
  });
}

const toRow = (name, date, { what, measured, bar, met }) =>
  `| ${name} | ${what} | ${measured} | ${bar} | ${met ? 'met' : '**missed**'} | ${date} |`;

/**
 * The page with the rows of the benchmarks that ran replaced; the others keep theirs. `results`: `[{ name, figures }]`.
 * Throws when the page has no place for them.
 */
export function withFigures(page, results, { date, machine }) {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page has no ${begin} … ${end}`);
  const ran = results.map(({ name }) => `| ${name} |`);
  const kept = page
    .slice(from, to)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| benchmark |'))
    .filter((line) => !ran.some((start) => line.startsWith(start)));
  const rows = [...kept, ...results.flatMap(({ name, figures }) => figures.map((figure) => toRow(name, date, figure)))];
  const order = (row) => row.split(' | ')[0];
  rows.sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  const text = [begin, '', `Last written on ${date}: ${machine}.`, '', ...head, ...rows, '', ''].join('\n');
  return page.slice(0, from) + text + page.slice(to);
}

// Tables of the pages that repeat a table of the code: held against it both ways.
/** Rows of the first table below the heading `title`, as lists of cells. No title: the first table of the page. */
export function tableRows(page, title) {
  const lines = page.split('\n');
  const from =
    title === undefined ? 0 : lines.findIndex((line) => line.replace(/^#+ /, '') === title && line.startsWith('#'));
  if (from < 0) return [];
  const start = lines.findIndex((line, index) => index >= from && /^\|[\s:|-]+\|$/.test(line));
  if (start < 0) return [];
  const rows = [];
  for (let index = start + 1; lines[index]?.startsWith('|'); index++) {
    rows.push(
      lines[index]
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

const plain = (cell) => (cell ?? '').replaceAll('`', '');

/** Problems of docs/errors.md against `errorTable`: code, HTTP status, JSON-RPC number, exit code, retryable. */
export function errorTableProblems(page, errorTable) {
  const rows = new Map(tableRows(page).map(([code, ...cells]) => [plain(code), cells.map(plain)]));
  const problems = [];
  for (const [code, row] of Object.entries(errorTable)) {
    const cells = rows.get(code);
    const want = [row.http, row.jsonRpc, row.exitCode, row.retryable ? 'yes' : 'no'].map(String);
    if (!cells) problems.push(`the code ${code} is missing`);
    else if (want.some((value, index) => cells[index] !== value)) {
      problems.push(`${code}: the page says ${cells.slice(0, 4).join(', ')}, the code ${want.join(', ')}`);
    } else if (cells.slice(4).some((cell) => cell === '') || cells.length < 6) {
      problems.push(`${code}: the page does not say what it means and what to do`);
    }
  }
  for (const code of rows.keys()) if (!(code in errorTable)) problems.push(`there is no code ${code}`);
  return problems;
}

/** Paths of all fields of a zod schema, `a.b` for nested ones and `a[].b` for lists. */
export function fieldPaths(schema, prefix = '') {
  const { type, shape, element, options, innerType } = schema.def;
  if (type === 'object') {
    return Object.entries(shape).flatMap(([name, inner]) => {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      return [path, ...fieldPaths(inner, path)];
    });
  }
  if (type === 'array') return fieldPaths(element, `${prefix}[]`);
  const inner = type === 'union' ? options : innerType ? [innerType] : [];
  return [...new Set(inner.flatMap((branch) => fieldPaths(branch, prefix)))];
}

/** Problems of docs/manifest.md: every field of the schema has a row, and every row a field. */
export function manifestTableProblems(page, manifestSchema) {
  const fields = fieldPaths(manifestSchema);
  const rows = [...page.matchAll(/^\| `([A-Za-z0-9_.[\]-]+)` \|/gm)].map(([, path]) => path);
  return [
    ...fields.filter((path) => !rows.includes(path)).map((path) => `the field ${path} is missing`),
    ...rows.filter((path) => !fields.includes(path)).map((path) => `there is no field ${path}`),
  ];
}

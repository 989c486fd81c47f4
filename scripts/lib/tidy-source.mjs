// Rules over one TypeScript file. Each takes a file and returns what is wrong with it: `[{ line, message }]`.
import ts from 'typescript';

export const limits = { fileLines: 400, functionLines: 70, columns: 120 };

/** Port implementations: the only files of core that may touch clock, timers and randomness. */
export const portImplementations = [
  'packages/core/src/engine/system-clock.ts',
  'packages/core/src/engine/system-random.ts',
  'packages/core/src/engine/http-transport.ts',
];

const isTest = (path) => /\.test\.ts$/.test(path) || /^(packages|examples)\/[^/]+\/test\//.test(path);
const isTesting = (path) => /^packages\/[^/]+\/src\/testing\//.test(path);
const isConfig = (path) => /\.config\.ts$/.test(path);

/** A file as the rules see it. `path` is relative to the repository's root, with forward slashes. */
export function parseSource(path, text) {
  const source = ts.createSourceFile(
    path,
    text,
    ts.ScriptTarget.Latest,
    true,
    path.endsWith('.mjs') ? ts.ScriptKind.JS : ts.ScriptKind.TS,
  );
  return {
    path,
    text,
    lines: text.split('\n'),
    source,
    test: isTest(path),
    testing: isTesting(path),
    config: isConfig(path),
  };
}

const lineOf = (file, node) => file.source.getLineAndCharacterOfPosition(node.getStart(file.source)).line + 1;
const lastLineOf = (file, node) => file.source.getLineAndCharacterOfPosition(node.getEnd()).line + 1;

/** Every node for which `test` gives a message, as problems. */
function findNodes(file, test) {
  const problems = [];
  const visit = (node) => {
    const message = test(node);
    if (message) problems.push({ line: lineOf(file, node), message });
    ts.forEachChild(node, visit);
  };
  visit(file.source);
  return problems;
}

export function fileLength(file) {
  const count = file.lines.at(-1) === '' ? file.lines.length - 1 : file.lines.length;
  if (count <= limits.fileLines) return [];
  return [
    { line: limits.fileLines, message: `the file has ${count} lines, more than ${limits.fileLines}: make it two` },
  ];
}

const calledName = (node) => (ts.isCallExpression(node.parent) ? node.parent.expression.getText() : '');
const isGroup = (node) => /^(\w+\.)*(describe|group)\b/.test(calledName(node));
const isCase = (node) => /^(\w+\.)*(it|test)\b/.test(calledName(node));

const heightOf = (file, node) => lastLineOf(file, node) - lineOf(file, node) + 1;

/** In tests and kits of tests, a function that groups cases is as long as what is left of it without them. */
function lengthWithoutCases(file, node) {
  let count = heightOf(file, node);
  const visit = (inner) => {
    if (ts.isFunctionLike(inner) && inner !== node && isCase(inner)) count -= heightOf(file, inner);
    else ts.forEachChild(inner, visit);
  };
  visit(node);
  return count;
}

export function functionLength(file) {
  const groupsCases = file.test || file.testing;
  return findNodes(file, (node) => {
    if (!ts.isFunctionLike(node) || !node.body || (groupsCases && isGroup(node))) return undefined;
    const count = groupsCases ? lengthWithoutCases(file, node) : heightOf(file, node);
    if (count <= limits.functionLines) return undefined;
    const name = node.name?.getText() ?? node.parent.name?.getText() ?? 'a function without a name';
    return `${name} has ${count} lines, more than ${limits.functionLines}: take a part out`;
  });
}

/** A long string or a link cannot be broken; anything else can. */
export function lineLength(file) {
  const unbreakable = /https?:\/\/\S+|(['"`])(?:(?!\1).){40,}\1|`|\/\^/;
  return file.lines.flatMap((line, index) =>
    line.length > limits.columns && !unbreakable.test(line)
      ? [{ line: index + 1, message: `the line has ${line.length} columns, more than ${limits.columns}` }]
      : [],
  );
}

const bannedNames = new Set(['setTimeout', 'setInterval', 'setImmediate', 'randomUUID', 'performance']);
const bannedMembers = new Set(['Date.now', 'Math.random', 'AbortSignal.timeout', 'process.hrtime']);

/** Core takes time and randomness from its ports only. */
export function ambientTime(file) {
  const inCore = file.path.startsWith('packages/core/src/');
  if (!inCore || file.test || file.testing || portImplementations.includes(file.path)) return [];
  const way = 'core takes time and randomness from its ports (clock, random)';
  return findNodes(file, (node) => {
    if (ts.isPropertyAccessExpression(node) && bannedMembers.has(node.getText())) return `${node.getText()}: ${way}`;
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
      return `new Date(): ${way}`;
    }
    if (ts.isIdentifier(node) && bannedNames.has(node.text)) {
      const declares = ts.isPropertySignature(node.parent) || ts.isPropertyAssignment(node.parent);
      return declares ? undefined : `${node.text}: ${way}`;
    }
    const module = ts.isImportDeclaration(node) ? node.moduleSpecifier.text : '';
    return /^node:(timers|perf_hooks)/.test(module) ? `${module}: ${way}` : undefined;
  });
}

export function looseTypes(file) {
  const nodes = findNodes(file, (node) =>
    node.kind === ts.SyntaxKind.AnyKeyword ? 'the type any: use unknown and narrow it' : undefined,
  );
  const marks = file.lines.flatMap((line, index) =>
    /@ts-(ignore|nocheck)/.test(line) && /^\s*(\/\/|\/\*|\*)/.test(line)
      ? [{ line: index + 1, message: 'a type error is hidden: mend it' }]
      : [],
  );
  return [...nodes, ...marks];
}

export function heldBackTests(file) {
  return findNodes(file, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !['only', 'skip', 'todo'].includes(node.name.text)) return undefined;
    const root = /^(it|test|describe|suite)\b/.exec(node.getText())?.[0];
    return root ? `${root}.${node.name.text}: every test runs` : undefined;
  });
}

/** A note for later needs somebody who does it: `TODO(name)`. */
export function unownedNotes(file) {
  const note = /(?:\/\/|\/\*|^\s*\*).*\b(TODO|FIXME|XXX)\b(?!\([\w-]+\))/;
  return file.lines.flatMap((line, index) => {
    const word = note.exec(line)?.[1];
    return word ? [{ line: index + 1, message: `${word} without an owner: do it, or make it an issue` }] : [];
  });
}

export function shapes(file) {
  return findNodes(file, (node) => {
    const isDefault =
      (ts.isExportAssignment(node) && !node.isExportEquals) ||
      (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword));
    if (isDefault && !file.config) return 'a default export: give it a name';
    if (
      ts.isClassDeclaration(node) &&
      /^packages\/[^/]+\/src\//.test(file.path) &&
      node.name?.text !== 'MoorageError'
    ) {
      return `class ${node.name?.text ?? ''}: a factory that returns a plain object does it (MoorageError is the only class)`;
    }
    const comparesClass =
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword &&
      node.right.getText() === 'MoorageError';
    return comparesClass ? 'instanceof MoorageError: use isMoorageError, two copies may be installed' : undefined;
  });
}

export const sourceRules = {
  fileLength,
  functionLength,
  lineLength,
  ambientTime,
  looseTypes,
  heldBackTests,
  unownedNotes,
  shapes,
};

/** `[{ specifier, line, typeOnly }]` of every import and re-export. */
export function importsOf(file) {
  const found = [];
  const visit = (node) => {
    const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    const dynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const specifier = named ? node.moduleSpecifier : dynamic ? node.arguments[0] : undefined;
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ specifier: specifier.text, line: lineOf(file, node) });
    ts.forEachChild(node, visit);
  };
  visit(file.source);
  return found;
}

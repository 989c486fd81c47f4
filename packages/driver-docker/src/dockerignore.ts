interface Pattern {
  readonly keep: boolean;
  readonly expression: RegExp;
}

/**
 * Reads a `.dockerignore`: one pattern a line, `#` comments, `*`, `?`, `**`, character classes and `!` for exceptions;
 * the last pattern that matches a path or a folder above it decides. Returns whether a path (relative, with `/`) is
 * left out.
 */
export function dockerignore(text: string): (path: string) => boolean {
  const patterns = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(toPattern);
  return (path) => {
    let ignored = false;
    for (const { keep, expression } of patterns) if (expression.test(path)) ignored = !keep;
    return ignored;
  };
}

function toPattern(line: string): Pattern {
  const keep = line.startsWith('!');
  const glob = (keep ? line.slice(1) : line).trim().replace(/^\.?\/+|\/+$/g, '');
  return { keep, expression: new RegExp(`^${toExpression(glob)}(?:/.*)?$`, 's') };
}

function toExpression(glob: string): string {
  return glob.replace(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    return token.startsWith('[') && token.length > 2 ? token : `\\${token}`;
  });
}

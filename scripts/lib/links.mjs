/** A heading's anchor as GitHub makes it. */
export function anchorOf(heading) {
  return heading
    .replace(/`|\*|\[([^\]]*)\]\([^)]*\)/g, (match, label) => label ?? (match.length > 1 ? match : ''))
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

const withoutCode = (page) =>
  page.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, '')).replace(/`[^`\n]*`/g, '');

export function anchorsOf(page) {
  return withoutFences(page)
    .split('\n')
    .flatMap((line) => /^#{1,6} (.*)$/.exec(line)?.[1] ?? [])
    .map(anchorOf);
}

const withoutFences = (page) => page.replace(/^```[\s\S]*?^```/gm, '');

/** Relative links of a page: `[{ line, target, path, anchor }]`. */
export function linksOf(page) {
  return withoutCode(page)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target]) => target)
        .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
        .map((target) => {
          const [path, anchor] = target.split('#');
          return { line: index + 1, target, path, anchor };
        }),
    );
}

export function checkSnippets(
  page: string,
  read: (path: string) => string | undefined,
): { readonly problems: readonly { readonly line: number; readonly message: string }[]; readonly text: string };

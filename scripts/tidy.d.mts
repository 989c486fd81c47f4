export function sourceProblems(
  path: string,
  text: string,
): readonly { readonly line: number; readonly message: string }[];

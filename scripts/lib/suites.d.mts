export interface Suite {
  readonly name: string;
  readonly minutes: number;
  readonly missing: () => Promise<string | undefined>;
}

export const suites: readonly Suite[];
export function chooseSuites(
  selected: readonly string[],
  required: string,
): readonly (Suite & { readonly required: boolean })[];

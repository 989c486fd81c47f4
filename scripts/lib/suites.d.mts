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
export function missingPrograms(
  wanted: readonly { readonly program: string; readonly package: string }[],
  path?: string,
): string | undefined;

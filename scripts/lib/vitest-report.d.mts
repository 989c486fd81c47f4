export interface Failure {
  readonly file: string;
  readonly name: string;
  readonly message: string;
}

export function readReport(
  report: unknown,
  ended: { readonly code: number | null; readonly signal: string | null },
): {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
};

export function filesToRepeat(result: { readonly failures: readonly Failure[] }): readonly string[];

interface Report {
  readonly testResults: readonly { readonly name: string }[];
}

export function withSecondTry(first: Report, second: Report | undefined): Report | undefined;

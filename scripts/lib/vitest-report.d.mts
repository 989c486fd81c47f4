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

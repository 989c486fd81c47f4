export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface PackageFolder {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Names beside package.json. */
  readonly files: readonly string[];
}

export function packageProblems(
  packages: readonly PackageFolder[],
  rootManifest: Readonly<Record<string, unknown>>,
): readonly Problem[];
export function machinePaths(path: string, text: string): readonly Problem[];

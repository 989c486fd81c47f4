export function errorTableProblems(page: string, errorTable: Readonly<Record<string, object>>): readonly string[];
export function manifestTableProblems(page: string, manifestSchema: unknown): readonly string[];

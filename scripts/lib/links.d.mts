export interface Link {
  readonly line: number;
  readonly target: string;
  readonly path: string;
  readonly anchor: string | undefined;
}

export function anchorsOf(page: string): readonly string[];
export function linksOf(page: string): readonly Link[];

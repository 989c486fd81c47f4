import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { EndpointKind } from '@moorage/driver-k8s';

/** What was found out about a cluster, or done on it, and holds for as long as it is the same cluster. */
export interface ClusterFacts {
  readonly cluster: string;
  readonly policies?: 'enforced' | 'unenforced' | undefined;
  /** Which way was asked for (or none), and which one works. */
  readonly endpoints?: { readonly wanted: string; readonly found: EndpointKind } | undefined;
  /** Images that were loaded into it. */
  readonly loaded?: readonly string[] | undefined;
}

export interface ClusterState {
  readonly facts: ClusterFacts;
  keep(more: Partial<ClusterFacts>): void;
  forget(): void;
}

/** Facts of this cluster in a file of the state folder; of another one, or damaged, they are found out anew. */
export function clusterState(path: string, cluster: string): ClusterState {
  let facts = read(path, cluster) ?? { cluster };
  return {
    get facts() {
      return facts;
    },
    keep(more) {
      facts = { ...facts, ...more };
      writeFileSync(path, `${JSON.stringify(facts)}\n`, { mode: 0o600 });
    },
    forget() {
      facts = { cluster };
      rmSync(path, { force: true });
    },
  };
}

function read(path: string, cluster: string): ClusterFacts | undefined {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as ClusterFacts;
    return found.cluster === cluster ? found : undefined;
  } catch {
    return undefined;
  }
}

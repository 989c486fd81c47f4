/** Ids that wait, each once, a line per tenant; tenants take turns. */
export interface FairLines {
  add(id: string, tenant: string): void;
  has(id: string): boolean;
  next(): { readonly id: string; readonly tenant: string } | undefined;
  size(): number;
  clear(): void;
}

export function createFairLines(): FairLines {
  const lines = new Map<string, string[]>();
  const all = new Set<string>();
  return {
    add(id, tenant) {
      if (all.has(id)) return;
      all.add(id);
      const line = lines.get(tenant);
      if (line) line.push(id);
      else lines.set(tenant, [id]);
    },
    has: (id) => all.has(id),
    next() {
      for (const [tenant, ids] of lines) {
        const id = ids.shift();
        // The tenant goes to the end, or away when nothing of it waits.
        lines.delete(tenant);
        if (id === undefined) continue;
        if (ids.length > 0) lines.set(tenant, ids);
        all.delete(id);
        return { id, tenant };
      }
      return undefined;
    },
    size: () => all.size,
    clear() {
      lines.clear();
      all.clear();
    },
  };
}

import type { Store } from '@moorage/core';

/** Gives the host records of its own, as a store in another process does; else they would count as the store's. */
export function ownRecords(store: Store, onList: () => void = () => {}): Store {
  const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
  return {
    ...store,
    async commit(commit) {
      const result = await store.commit(commit);
      return { ...result, record: copy(result.record) };
    },
    async list(filter, page) {
      onList();
      return copy(await store.list(filter, page));
    },
    read: async (id) => copy(await store.read(id)),
  };
}

/** All that a store may import from core. */
export * from './ports/store.js';

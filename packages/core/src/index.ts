export type * from './host-types.js';

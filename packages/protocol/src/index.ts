export * from './errors.js';
export * from './manifest.js';
export * from './manifest-runtime.js';
export * from './quantity.js';

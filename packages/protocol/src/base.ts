/**
 * The part of the protocol that a host itself needs: errors, the manifest, quantities and health bodies. It leaves out
 * the table of actions and its schemas, which only those who speak the wire pay for.
 */
export * from './enforced-constraints.js';
export * from './errors.js';
export type { FieldIssue } from './field-issue.js';
export * from './health-body.js';
export * from './manifest.js';
export * from './manifest-runtime.js';
export * from './parse-manifest.js';
export * from './quantity.js';

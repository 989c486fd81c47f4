export type { AgentEnv } from './agent-env.js';
export { bearerToken, sameSecret } from './bearer.js';
export { createHttp, type Http } from './create-http.js';
export { createGate } from './gate.js';
export type { HostManifestOptions } from './host-manifest.js';
export type { AnswerNote, HttpOptions } from './http-options.js';
export { type Authenticate, manageScope, type Principal, readScope, usageScope } from './principal.js';

export { type ActionContext, type ActionHandler, defineAction } from './agent-action.js';
export type { AgentHealth } from './agent-routes.js';
export { type ServeAgentOptions, type ServedAgent, serveAgent } from './serve-agent.js';
export { createUsageReporter, type UsageReporter, type UsageReporterOptions } from './usage-reporter.js';

/** Paths of the control interface that are no action of the table. */
export const endpoints = {
  /** POST: the envelope, for every action. */
  actions: '/v1/actions',
  /** GET: Server-Sent Events; `Last-Event-ID` resumes. */
  events: '/v1/events',
  /** WebSocket, with the cursor of the events. */
  live: '/v1/live',
  manifest: '/v1/manifest',
  agentCard: '/.well-known/agent-card.json',
  healthz: '/healthz',
  readyz: '/readyz',
  metrics: '/metrics',
  openapi: '/openapi.json',
} as const;

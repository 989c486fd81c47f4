export { gateway } from './gateway.js';
export type { GatewayOptions } from './options.js';

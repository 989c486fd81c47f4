import type { Handlers } from '../call.js';
import { billingHandlers } from './billing.js';
import { containerHandlers } from './containers.js';
import { monitoringHandlers } from './monitoring.js';
import { registryHandlers } from './registry.js';

/** What each row of the action table does. */
export const handlers: Handlers = {
  ...containerHandlers,
  ...monitoringHandlers,
  ...registryHandlers,
  ...billingHandlers,
};

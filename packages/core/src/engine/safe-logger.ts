import type { Logger } from '../ports/logger.js';

/** The caller's logger, wrapped so that it cannot throw into the host; without one, silence. */
export function safeLogger(logger: Logger | undefined): Logger {
  return {
    log(level, message, fields) {
      try {
        logger?.log(level, message, fields);
      } catch {
        // A broken logger must not hurt the agents.
      }
    },
  };
}

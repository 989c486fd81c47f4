import type { Logger } from '@moorage/core';

/** What goes wrong while something is measured is seen by whoever reads the figures. */
export const warnings: Logger = {
  log(level, message) {
    if (level === 'warn' || level === 'error') process.stderr.write(`${level}: ${message}\n`);
  },
};

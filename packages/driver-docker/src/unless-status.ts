import { statusOf } from './classify-error.js';

/** For `catch`: swallows the engine's refusals that mean "was so already", and throws all else. */
export function unlessStatus(...statuses: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    const status = statusOf(error);
    if (status === undefined || !statuses.includes(status)) throw error;
    return undefined;
  };
}

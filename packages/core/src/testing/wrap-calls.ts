import type { Faults } from './faults.js';

/**
 * Every method of the object, each call of which may be disturbed; those in `except` and all that is no method stay
 * out.
 */
export function wrapCalls<T extends object>(target: T, faults: Faults, except: readonly string[]): Partial<T> {
  const methods = Object.entries(target).filter(
    ([name, value]) => typeof value === 'function' && !except.includes(name),
  );
  const wrapped = methods.map(([name, method]) => [
    name,
    (...args: unknown[]) => faults.call(name, args, () => Reflect.apply(method, target, args)),
  ]);
  return Object.fromEntries(wrapped) as Partial<T>;
}

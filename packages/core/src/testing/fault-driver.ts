import type { LogLine } from '../model/incident.js';
import type { Driver, DriverBase } from '../ports/driver.js';
import { type FaultControl, type FaultOptions, type Faults, makeFaults } from './faults.js';
import { wrapCalls } from './wrap-calls.js';

/**
 * The same driver on a bad day: calls fail before their effect or after it, come late, hang until they are aborted, or
 * answer what was true a while ago; logs break off; hints are lost or doubled. `close` is left alone. What it does
 * stays within the contract, so a host has to live with all of it.
 */
export function withFaults<D extends Driver>(driver: D, options: FaultOptions): D & { readonly faults: FaultControl } {
  const faults = makeFaults(options);
  const calls = wrapCalls(driver, faults, ['close', 'watch', 'logs']);
  return Object.freeze(Object.assign({}, driver, calls, streams(driver, faults), { faults }));
}

/** The methods that give no promise; those that the driver has. */
function streams(driver: DriverBase, faults: Faults): Pick<DriverBase, 'watch' | 'logs'> {
  const { watch, logs } = driver;
  return {
    ...(watch && {
      watch: (scope, hint) => watch.call(driver, scope, (deploymentId) => faults.hint(() => hint(deploymentId))),
    }),
    ...(logs && {
      logs: (name, call) => faults.stream('logs', logs.call(driver, name, call)) as AsyncIterable<LogLine>,
    }),
  };
}

export { type ProcessDriverOptions, processDriver } from './process-driver.js';

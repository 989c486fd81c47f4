/** The command-line tool as functions, for programs that bring their own terminal. */
export type { CliIo } from './cli-io.js';
export { main } from './main.js';
export { runCli } from './run-cli.js';

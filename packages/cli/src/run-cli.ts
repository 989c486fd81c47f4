import { errorTable, toMoorageError } from '@moorage/protocol';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CliIo } from './cli-io.js';
import type { DoctorOptions } from './doctor-command.js';
import { driverNames } from './driver-name.js';
import { type EventsOptions, eventsCommand } from './events-command.js';
import { cannotLook } from './exit-codes.js';
import { type ListOptions, listCommand } from './list-command.js';
import { type LogsOptions, logsCommand } from './logs-command.js';

/**
 * Runs one command and returns the exit code of the process: 0 done; `doctor` 1 where store and engine differ and 2
 * where it could not look; else the code of the error in the table of errors. Nothing is thrown.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  let code = 0;
  const program = newProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    const isDoctor = args[0] === 'doctor';
    // Commander has printed its own words by then.
    if (thrown instanceof CommanderError) {
      return thrown.exitCode === 0 ? 0 : isDoctor ? cannotLook : errorTable.invalid_argument.exitCode;
    }
    const error = toMoorageError(thrown);
    io.err(`moorage: ${error.message}\n`);
    return isDoctor ? cannotLook : errorTable[error.code].exitCode;
  }
}

function newProgram(io: CliIo, done: (code: number) => void): Command {
  const program = new Command('moorage')
    .description('Looks at a Moorage host: its agents, their logs, and what happens. Changes nothing.')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('(moorage --help tells what there is)');
  askingHost(program.command('list').description('Lists the agents that run, or should'))
    .option('--customer <id>', 'of one customer')
    .option('--agent <id>', 'of one type of agent')
    .action((options: ListOptions) => listCommand(options, io));
  askingHost(program.command('logs').description('Prints what an agent wrote'))
    .argument('<container>', 'its id, the last column of list')
    .option('-f, --follow', 'go on until you end it')
    .option('-n, --tail <lines>', 'only so many lines from the end [100]', lineCount)
    .option('--since <time>', 'only lines after this time, ISO 8601')
    .option('--instance <id>', 'of one instance')
    .action((container: string, options: LogsOptions) => logsCommand(container, options, io));
  askingHost(program.command('events').description('Prints what happened, oldest first'))
    .option('--after <cursor>', 'after this event; "start": from the oldest kept [start; with --follow: now]')
    .option('-f, --follow', 'go on until you end it')
    .option('--customer <id>', 'of one customer')
    .option('--container <id>', 'of one agent')
    .action((options: EventsOptions) => eventsCommand(options, io));
  program
    .command('doctor')
    .description('Compares store and engine: what differs, what hosts will do about it, and what is not ours')
    .option('--store <url>', 'PostgreSQL of the hosts [DATABASE_URL, else the embedded one of --state]')
    .option('--schema <name>', 'its schema [public]')
    .option('--state <folder>', 'state folder of the host server [MOORAGE_STATE, else .moorage]')
    .addOption(new Option('--driver <name>', 'engine [as the stored agents need]').choices(driverNames))
    .option('--processes <folder>', 'folder of the process driver [processes in the state folder]')
    .option('--json', 'as JSON')
    .action(async (options: DoctorOptions) => {
      // All that thinks about hosts is loaded for this command only.
      const { doctorCommand } = await import('./doctor-command.js');
      done(await doctorCommand(options, io));
    });
  return program;
}

function askingHost(command: Command): Command {
  return command
    .option('--url <url>', 'where the host answers [MOORAGE_URL, else http://127.0.0.1:3000]')
    .option('--token <token>', 'its token [MOORAGE_TOKEN, else that of the state folder]')
    .option('--state <folder>', 'state folder of the host server, for its token [MOORAGE_STATE, else .moorage]')
    .option('--json', 'as JSON');
}

function lineCount(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 10_000) return Number(text);
  throw new InvalidArgumentError('Give a whole number of lines, at most 10000.');
}

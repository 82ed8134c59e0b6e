/** The command line. Each command is a file in commands/; this one mounts them and turns failures into exit codes. */
import { Command, CommanderError } from 'commander';
import { addAccountCommands } from './commands/accounts.ts';
import { addActionCommands } from './commands/actions.ts';
import { addClipCommands } from './commands/clips.ts';
import { addCloudCommand } from './commands/cloud.ts';
import { addConfirmClockCommand } from './commands/confirm-clock.ts';
import { addDeviceCommand } from './commands/device.ts';
import { addEventCommand } from './commands/events.ts';
import { CommandFailure } from './commands/failure.ts';
import { addFsckCommand } from './commands/fsck.ts';
import { addPkiCommand } from './commands/pki.ts';
import { addUpCommand } from './commands/up.ts';
import { version } from './commands/version.ts';
import { addScoreCommand } from './score.ts';
import { addStressCommand } from './stress.ts';

const program = new Command('doorbell')
  .description('A smart doorbell camera, emulated, and the cloud that must answer for its footage.')
  .version(version)
  .showHelpAfterError('(doorbell --help tells what there is)')
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done; 1 refused, failed or found wrong; 2 asked wrongly, or this machine cannot.',
  );

addUpCommand(program);
addCloudCommand(program);
addDeviceCommand(program);
addAccountCommands(program);
addActionCommands(program);
addClipCommands(program);
addEventCommand(program);
addFsckCommand(program);
addConfirmClockCommand(program);
addPkiCommand(program);
addScoreCommand(program);
addStressCommand(program);

// `doorbell clips | head`: who reads no further has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong in one sentence; gives the exit code. Our own bugs keep their stack. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has printed already
  if (error instanceof CommandFailure) {
    console.error(`doorbell: ${error.message}`);
    return error.exitCode;
  }
  console.error(error);
  return 1;
}

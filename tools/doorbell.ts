/** The command line. Each command is a file in commands/; this one mounts them and turns failures into exit codes. */
import { Command, CommanderError, Help } from 'commander';
import { groups, type Mount } from './command-groups.ts';
import { showExamples } from './commands/examples.ts';
import { CommandFailure, machineRefusal } from './commands/failure.ts';
import { version } from './commands/version.ts';

const plainHelp = new Help();

const program = new Command('doorbell')
  .description('A smart doorbell camera, emulated, and the cloud that must answer for its footage.')
  .version(version)
  .showHelpAfterError('(doorbell --help tells what there is)')
  .configureHelp({
    minWidthToWrap: 30,
    subcommandTerm: (command) => plainHelp.subcommandTerm(command).replace(' [options]', ''),
    // Without "(default: [])" where something may be repeated.
    optionDescription: (option) =>
      Array.isArray(option.defaultValue) && option.defaultValue.length === 0
        ? option.description
        : plainHelp.optionDescription(option),
  })
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done; 1 refused, failed or found wrong; 2 asked wrongly, or this machine cannot.',
  );

const isAsked = ({ names }: Mount): boolean => names.includes(process.argv[2] ?? '');
const isKnown = groups.some(({ mounts }) => mounts.some(isAsked));
for (const { title, mounts } of groups) {
  program.commandsGroup(title);
  for (const mount of isKnown ? mounts.filter(isAsked) : mounts) (await mount.load())(program);
}
showExamples(program);

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
  const refusal = machineRefusal(error);
  console.error(refusal === null ? error : `doorbell: ${refusal}`);
  return refusal === null ? 1 : 2;
}

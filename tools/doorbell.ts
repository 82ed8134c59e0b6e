/** The command line. Each command is a file in commands/; this one mounts them and turns failures into exit codes. */
import { Command, CommanderError, Help } from 'commander';
import { CommandFailure, machineRefusal } from './commands/failure.ts';
import { version } from './commands/version.ts';

type Mount = {
  readonly names: readonly string[];
  readonly load: () => Promise<(program: Command) => void>;
};

/** Each file with the commands it adds: only what is asked for is loaded, or a doorbell would carry a cloud. */
const groups: readonly { readonly title: string; readonly mounts: readonly Mount[] }[] = [
  {
    title: 'Start:',
    mounts: [
      { names: ['up'], load: async () => (await import('./commands/up.ts')).addUpCommand },
      { names: ['cloud'], load: async () => (await import('./commands/cloud.ts')).addCloudCommand },
      {
        names: ['device'],
        load: async () => (await import('./commands/device.ts')).addDeviceCommand,
      },
      { names: ['pki'], load: async () => (await import('./commands/pki.ts')).addPkiCommand },
      {
        names: ['clock'],
        load: async () => (await import('./commands/clock.ts')).addClockCommands,
      },
    ],
  },
  {
    title: 'Your doorbell and its footage:',
    mounts: [
      {
        names: ['press', 'snapshot'],
        load: async () => (await import('./commands/actions.ts')).addActionCommands,
      },
      {
        names: ['clips', 'clip'],
        load: async () => (await import('./commands/clips.ts')).addClipCommands,
      },
      {
        names: ['events'],
        load: async () => (await import('./commands/events.ts')).addEventCommand,
      },
      {
        names: ['key'],
        load: async () => (await import('./commands/owner-keys.ts')).addKeyCommands,
      },
      {
        names: ['account', 'claim'],
        load: async () => (await import('./commands/accounts.ts')).addAccountCommands,
      },
      {
        names: ['notices', 'challenge', 'waive', 'consent'],
        load: async () => (await import('./commands/notices.ts')).addNoticeCommands,
      },
    ],
  },
  {
    title: 'Legal demands:',
    mounts: [
      {
        names: ['demo-office'],
        load: async () => (await import('./commands/demo-office.ts')).addDemoOfficeCommand,
      },
      {
        names: ['agency', 'principal'],
        load: async () => (await import('./commands/principals.ts')).addPrincipalCommands,
      },
      {
        names: ['demand', 'matter'],
        load: async () => (await import('./commands/demands.ts')).addDemandCommands,
      },
      { names: ['hold'], load: async () => (await import('./commands/holds.ts')).addHoldCommands },
      {
        names: ['verify'],
        load: async () => (await import('./commands/verify.ts')).addVerifyCommand,
      },
      {
        names: ['seal-root'],
        load: async () => (await import('./commands/seal-root.ts')).addSealRootCommand,
      },
      {
        names: ['capabilities'],
        load: async () => (await import('./commands/capabilities.ts')).addCapabilitiesCommand,
      },
      {
        names: ['transparency'],
        load: async () => (await import('./commands/transparency.ts')).addTransparencyCommand,
      },
    ],
  },
  {
    title: 'What the cloud keeps:',
    mounts: [
      { names: ['fsck'], load: async () => (await import('./commands/fsck.ts')).addFsckCommand },
      {
        names: ['ledger'],
        load: async () => (await import('./commands/ledger.ts')).addLedgerCommand,
      },
      {
        names: ['backup', 'restore'],
        load: async () => (await import('./commands/backup.ts')).addBackupCommands,
      },
      {
        names: ['confirm-clock'],
        load: async () => (await import('./commands/confirm-clock.ts')).addConfirmClockCommand,
      },
    ],
  },
  {
    title: 'Motion detector and stories:',
    mounts: [
      { names: ['score'], load: async () => (await import('./score.ts')).addScoreCommand },
      { names: ['stress'], load: async () => (await import('./stress.ts')).addStressCommand },
      { names: ['compare'], load: async () => (await import('./compare.ts')).addCompareCommand },
      {
        names: ['scenario'],
        load: async () => (await import('./commands/scenario.ts')).addScenarioCommand,
      },
    ],
  },
];

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

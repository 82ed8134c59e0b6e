/** Every command, in the order of the help. */
import type { Command } from 'commander';

export type Mount = {
  readonly names: readonly string[];
  readonly load: () => Promise<(program: Command) => void>;
};

/** Each file with the commands it adds: only what is asked for is loaded, or a doorbell would carry a cloud. */
export const groups: readonly { readonly title: string; readonly mounts: readonly Mount[] }[] = [
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

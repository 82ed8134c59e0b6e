/** `doorbell backup` and `doorbell restore`: the cloud's data, elsewhere and back. [RET-11] */
import { existsSync } from 'node:fs';
import path from 'node:path';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { backUp, retireBackup } from '../../cloud-stub/host-backup.ts';
import { type RestoreReport, restore } from '../../cloud-stub/host-restore.ts';
import { startFailure } from '../../cloud-stub/start-failure.ts';
import { isUlid } from '../../device/wire/ids.ts';
import { clockBeside } from './cloud-time.ts';
import { CommandFailure } from './failure.ts';
import { byteSize, localTime, printJson } from './output.ts';
import { type Places, placesOf } from './places.ts';

type Options = {
  readonly data?: string;
  readonly json?: boolean;
  readonly newer?: string;
  readonly giveUpSince?: boolean;
};

const common = (command: Command): Command =>
  command
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--json', 'print JSON');

export function addBackupCommands(program: Command): void {
  const backup = program
    .command('backup')
    .description("take the cloud's data along, beside a running cloud or without one")
    .addHelpText(
      'after',
      '\nA backup holds no keys: those are mirrored into secrets/key-safe, where a purge destroys them too, so that ' +
        'nothing\npurged ever comes back. Keep the secrets on another disk than the data, and never in a backup.',
    );

  common(
    backup.command('take <folder>', { isDefault: true }).description('into an empty folder'),
  ).action((folder: string, options: Options) => take(path.resolve(folder), options));
  common(
    backup.command('retire <id>').description('destroy its key: what is left of it is noise'),
  ).action(async (id: string, options: Options) => {
    if (!isUlid(id)) throw new CommandFailure(`"${id}" is no backup's id`, 2);
    const retired = await orSentence(() => retireBackup(foldersOf(options.data), id));
    if (!retired) throw new CommandFailure(`there is no key of a backup ${id}`);
    if (options.json === true) printJson({ retired: id });
    else console.log(`backup ${id} is retired`);
  });

  common(
    program
      .command('restore <backup>')
      .description(
        'bring a backup back, into a data folder that has the secrets and no cloud data',
      ),
  )
    .option(
      '--newer <folder>',
      'older data folder: what can still be read of its catalogue, keys and footage counts as well',
    )
    .option(
      '--give-up-since',
      'restore also where what came since is lost: holds, deletions, and the ledger, which begins anew',
    )
    .action((folder: string, options: Options) => bringBack(path.resolve(folder), options));
}

async function take(folder: string, options: Options): Promise<void> {
  const manifest = await withBar((onStep) =>
    orSentence(async () => {
      const clock = await clockBeside(options.data);
      return backUp(foldersOf(options.data), folder, { clock, onStep });
    }),
  );
  if (options.json === true) printJson(manifest);
  else {
    const { backup, takenAt, files, bytes } = manifest;
    console.log(
      `backup ${backup} of ${localTime(takenAt)}: ${files} clips and bags, ${byteSize(bytes)}`,
    );
  }
}

async function bringBack(folder: string, options: Options): Promise<void> {
  const newer = options.newer === undefined ? {} : { newer: placesOf(options.newer).cloud };
  const giveUpSince = options.giveUpSince === true;
  const report = await withBar((onStep) =>
    orSentence(() => restore(foldersOf(options.data), folder, { onStep, giveUpSince, ...newer })),
  );
  if (options.json === true) printJson(report);
  else {
    const { manifest, files, since, purged, lost, clockDoubted } = report;
    console.log(`restored the backup of ${localTime(manifest.takenAt)}: ${files} clips and bags`);
    console.log(sinceText(since));
    if (purged > 0) console.log(`${purged} clips that it still had were purged since and go`);
    if (clockDoubted !== null) {
      console.log(`nothing is purged until "doorbell confirm-clock": ${clockDoubted}`);
    }
    for (const { thing, clip } of lost) console.log(`lost: ${thing}/${clip}`);
  }
  if (report.lost.length > 0) {
    throw new CommandFailure(
      `${report.lost.length} clips came after the backup, and their footage is lost; fsck goes on naming them`,
    );
  }
}

function sinceText(since: RestoreReport['since']): string {
  switch (since.from) {
    case 'redo-log':
      return `${since.changes} transactions since were redone: holds, demands, deletions and ledger as they stood`;
    case 'newer':
      return 'what came since is as the older catalogue has it; take a backup now';
    case 'backup-alone':
      return (
        `WHAT CAME SINCE IS LOST (${since.because}): place again what was held, delete again what was deleted. ` +
        'The ledger begins anew under another key; take a backup now'
      );
  }
}

function foldersOf(data: string | undefined): { readonly data: string; readonly secrets: string } {
  const places: Places = placesOf(data);
  if (!existsSync(path.join(places.secrets, 'master.key'))) {
    throw new CommandFailure(
      `there is no master key in ${places.secrets}: without it no clip of any backup can be read`,
      2,
    );
  }
  return { data: places.cloud, secrets: places.secrets };
}

async function withBar<Result>(
  work: (onStep: (step: string) => void) => Promise<Result>,
): Promise<Result> {
  const bar = new cliProgress.SingleBar({
    format: '{value} steps  {step}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let steps = 0;
  if (process.stderr.isTTY) bar.start(0, 0, { step: '' });
  try {
    return await work((step) => bar.update(++steps, { step }));
  } finally {
    bar.stop();
  }
}

async function orSentence<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const sentence = startFailure(error);
    if (sentence === null) throw error;
    throw new CommandFailure(sentence, 2, { cause: error });
  }
}

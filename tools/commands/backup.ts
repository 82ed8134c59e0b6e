/** `doorbell backup` and `doorbell restore`: the cloud's data, elsewhere and back. [RET-11] */
import { existsSync } from 'node:fs';
import path from 'node:path';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { backUp, retireBackup } from '../../cloud-stub/host-backup.ts';
import { type RestoreReport, restore } from '../../cloud-stub/host-restore.ts';
import { startFailure } from '../../cloud-stub/start-failure.ts';
import { isUlid } from '../../device/wire/ids.ts';
import { interruptible } from '../score/interruption.ts';
import { clockBeside } from './cloud-time.ts';
import { CommandFailure } from './failure.ts';
import { byteSize, countText, localTime, printJson } from './output.ts';
import { givenFolder, type Places, placesOf } from './places.ts';

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
  ).action((folder: string, options: Options) => take(givenFolder(folder), options));
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
  if (manifest === null) return;
  if (options.json === true) printJson(manifest);
  else {
    const { backup, takenAt, files, bytes } = manifest;
    console.log(
      `backup ${backup} of ${localTime(takenAt)}: ${countText(files, 'file')} of clips and bags, ${byteSize(bytes)}`,
    );
  }
}

async function bringBack(folder: string, options: Options): Promise<void> {
  const newer = options.newer === undefined ? {} : { newer: placesOf(options.newer).cloud };
  const giveUpSince = options.giveUpSince === true;
  const report = await withBar((onStep) =>
    orSentence(() => restore(foldersOf(options.data), folder, { onStep, giveUpSince, ...newer })),
  );
  if (report === null) return;
  if (options.json === true) printJson(report);
  else {
    const { manifest, files, since, purged, lost, clockDoubted } = report;
    const found = `${countText(files, 'file')} of clips and bags`;
    console.log(`restored the backup of ${localTime(manifest.takenAt)}: ${found}`);
    console.log(sinceText(since));
    if (purged > 0) {
      const clips = countText(purged, 'clip that it still had was', 'clips that it still had were');
      console.log(`${clips} purged since, and of that nothing stays`);
    }
    if (clockDoubted !== null) {
      console.log(`nothing is purged until "doorbell confirm-clock": ${clockDoubted}`);
    }
    for (const { thing, clip } of lost) console.log(`lost: ${thing}/${clip}`);
  }
  if (report.lost.length > 0) {
    const clips = countText(report.lost.length, 'clip');
    throw new CommandFailure(
      `footage that came after the backup is lost: ${clips}, which fsck goes on naming`,
    );
  }
}

function sinceText(since: RestoreReport['since']): string {
  switch (since.from) {
    case 'redo-log':
      return (
        `redone since: ${countText(since.changes, 'transaction')}; ` +
        'holds, demands, deletions and ledger are as they stood'
      );
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

/** Null: it was interrupted, and has said so. */
async function withBar<Result>(
  work: (onStep: (step: string) => void) => Promise<Result>,
): Promise<Result | null> {
  const bar = new cliProgress.SingleBar({
    format: '{value} steps  {step}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let steps = 0;
  let result: Result | null = null;
  await interruptible(async (signal) => {
    if (process.stderr.isTTY) bar.start(0, 0, { step: '' });
    try {
      result = await work((step) => {
        signal.throwIfAborted();
        bar.update(++steps, { step });
      });
    } finally {
      bar.stop();
    }
  });
  if (result === null)
    console.error('doorbell: what is done stays: the same command goes on from there');
  return result;
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

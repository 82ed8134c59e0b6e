/** `doorbell fsck`: catalogue, vault, key vault, bags and ledger against each other. */
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { fsck } from '../../cloud-stub/services/fsck/fsck.ts';
import type { Breach } from '../../cloud-stub/services/fsck/fsck-breach.ts';
import { CommandFailure } from './failure.ts';
import { countText, printJson } from './output.ts';
import { withStorage } from './storage.ts';

export function addFsckCommand(program: Command): void {
  program
    .command('fsck')
    .description('check all that the cloud keeps, and name every breach; changes nothing')
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--json', 'print JSON')
    .action(async (options: { readonly data?: string; readonly json?: boolean }) => {
      const bar = new cliProgress.SingleBar({
        format: 'fsck [{bar}] {value}/{total} clips',
        stream: process.stderr,
        noTTYOutput: false,
        hideCursor: true,
        clearOnComplete: true,
      });
      const breaches: Breach[] = [];
      let clips = 0;
      await withStorage(options.data, async (storage) => {
        const onProgress = (checked: number, total: number): void => {
          if (checked === 1 && process.stderr.isTTY) bar.start(total, 0);
          clips = checked;
          bar.update(checked);
        };
        for await (const breach of fsck(storage, { onProgress })) breaches.push(breach);
        bar.stop();
      });
      const found = countText(breaches.length, 'breach', 'breaches');
      if (options.json === true) printJson({ clips, breaches });
      else {
        for (const { kind, thing, clip, export: bag, detail } of breaches) {
          const of = thing === undefined ? (bag ?? '-') : `${thing}/${clip}`;
          console.log(`${kind}  ${of}  ${detail}`);
        }
        console.log(`${countText(clips, 'clip')} checked, ${found}`);
      }
      if (breaches.length > 0) {
        throw new CommandFailure(`the records do not agree: ${found}`);
      }
    });
}

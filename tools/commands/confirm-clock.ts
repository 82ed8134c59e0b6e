/** `doorbell confirm-clock`: an operator vouches for this machine's clock, so that the cloud purges again. [RET-8] */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { identityNamed } from '../../cloud-stub/custody/pseudonyms.ts';
import { confirmClock, standingRefusal } from '../../cloud-stub/services/retention/clock-watch.ts';
import { isoTime } from '../../device/wire/time.ts';
import { printJson } from './output.ts';
import { withRecords } from './storage.ts';

export function addConfirmClockCommand(program: Command): void {
  program
    .command('confirm-clock')
    .description('vouch for this clock after the cloud refused to purge by it')
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--json', 'print JSON')
    .action(async (options: { readonly data?: string; readonly json?: boolean }) => {
      await withRecords(options.data, async (records) => {
        const refusal = await standingRefusal(records);
        if (refusal !== null) {
          await confirmClock(records, `operator:${identityNamed(operatorName())}`);
        }
        const now = isoTime(records.clock.now());
        if (options.json === true) printJson({ now, refusal, confirmed: refusal !== null });
        else if (refusal === null)
          console.log(`nothing to confirm: the cloud trusts the clock, ${now}`);
        else console.log(`confirmed: it is ${now}; the next sweep purges what is due`);
      });
    });
}

/** A container may be given a user id that no account of its machine has. */
function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}

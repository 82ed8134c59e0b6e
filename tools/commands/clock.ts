/** `doorbell clock`: the time in a cloud whose clock is virtual, and moving it on. */
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { z } from 'zod';
import { days, milliseconds } from '../../device/wire/time.ts';
import { timeLength } from './arguments.ts';
import { CloudClient, readContact } from './client.ts';
import { CommandFailure } from './failure.ts';
import { printJson } from './output.ts';
import { placesOf } from './places.ts';

type ClockOptions = { readonly url?: string; readonly data?: string; readonly json?: boolean };

const clockSchema = z.object({ now: z.string(), timersWaiting: z.number() });
const advanceSchema = clockSchema.extend({ timersFired: z.number() });

/** A request that takes minutes would be cut as stalled; and between two of them there is progress to tell. */
const stepMs = days(1);

const common = (command: Command): Command =>
  command
    .option('--url <url>', "the cloud's address (default: what the data folder says)")
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--json', 'print JSON');

export function addClockCommands(program: Command): void {
  const clock = program.command('clock').description('the time in a cloud with a virtual clock');

  common(clock.command('show').description('what time it is there')).action(
    async (options: ClockOptions) => {
      const shown = await operatorOf(options).json(clockSchema, 'GET', '/clock');
      if (options.json === true) printJson(shown);
      else console.log(`${shown.now}  (${shown.timersWaiting} timers wait)`);
    },
  );

  common(
    clock
      .command('advance')
      .description('move time on, from timer to timer: all that falls due in between happens')
      .argument('<length>', 'such as 60d, 12h, 90m, 30s', timeLength),
  ).action(async (lengthMs: number, options: ClockOptions) => {
    const client = operatorOf(options);
    const bar = new cliProgress.SingleBar({
      format: 'advancing [{bar}] {now}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    });
    let moved = await client.json(clockSchema, 'GET', '/clock');
    let timersFired = 0;
    if (process.stderr.isTTY) bar.start(lengthMs, 0, { now: moved.now });
    for (let leftMs = lengthMs; leftMs > 0; leftMs -= stepMs) {
      const by = `${milliseconds(Math.min(stepMs, leftMs))}ms`;
      const step = await client.json(advanceSchema, 'POST', '/clock/advance', { by });
      moved = step;
      timersFired += step.timersFired;
      bar.update(lengthMs - leftMs, { now: moved.now });
    }
    bar.stop();
    if (options.json === true) printJson({ ...moved, timersFired });
    else console.log(`it is ${moved.now} now; ${timersFired} timers fired on the way`);
  });
}

function operatorOf(options: ClockOptions): CloudClient {
  const { operator } = placesOf(options.data);
  const known = readContact(operator);
  if (known === null) {
    throw new CommandFailure(
      `no cloud with a virtual clock runs on this data folder (there is no ${operator}): start one with ` +
        '"doorbell cloud --virtual-clock" or "doorbell up --virtual-clock"',
      2,
    );
  }
  return new CloudClient(options.url === undefined ? {} : { url: options.url }, known);
}

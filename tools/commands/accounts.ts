/** `doorbell account` and `doorbell claim`: who owns which doorbell. They work beside a running cloud or without. */
import type { Command } from 'commander';
import { openPki } from '../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import { windowMsMax, windowMsMin } from '../../cloud-stub/custody/policy.ts';
import { findPolicy } from '../../cloud-stub/host-policy.ts';
import { type AccountView, makeAccounts } from '../../cloud-stub/services/accounts/accounts.ts';
import { makePlans } from '../../cloud-stub/services/accounts/plans.ts';
import { makeDevices } from '../../cloud-stub/services/devices/devices.ts';
import { isPlainLine } from '../../cloud-stub/services/plain-line.ts';
import type { DurationMs } from '../../device/wire/time.ts';
import { thingName, timeLength } from './arguments.ts';
import { CommandFailure } from './failure.ts';
import { localTime, printJson, printRows } from './output.ts';
import { addOwnAccountCommands } from './own-account.ts';
import { placesOf } from './places.ts';
import { withRecords } from './storage.ts';

const nameCharsMax = 200;

type Options = { readonly data?: string; readonly json?: boolean };

const common = (command: Command): Command =>
  command
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--json', 'print JSON');

export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('owners of doorbells');

  common(
    account.command('open <name>').description('open an account; prints its token, this once'),
  ).action((name: string, options: Options) =>
    withRecords(options.data, async (records) => {
      const accounts = makeAccounts(records);
      refuseName(name, await accounts.list());
      const opened = await accounts.open(name);
      if (options.json === true) printJson({ name, ...opened });
      else console.log(`account ${opened.account}\ntoken   ${opened.token}`);
    }),
  );

  common(account.command('list').description('list the accounts')).action((options: Options) =>
    withRecords(options.data, async (records) => {
      printRows<AccountView>(
        await makeAccounts(records).list(),
        [
          { title: 'ACCOUNT', of: (row) => row.account },
          { title: 'NAME', of: (row) => row.name },
          { title: 'OPENED', of: (row) => localTime(row.openedAt) },
        ],
        { json: options.json, none: 'no accounts yet' },
      );
    }),
  );

  common(
    account.command('token <account>').description('issue one more token (account: id or name)'),
  ).action((wanted: string, options: Options) =>
    withRecords(options.data, async (records) => {
      const accounts = makeAccounts(records);
      const { account } = await findAccount(await accounts.list(), wanted);
      const token = await accounts.issueToken(account);
      if (token === null) throw new CommandFailure(`the account ${wanted} is closed`);
      if (options.json === true) printJson({ account, token });
      else console.log(token);
    }),
  );

  common(
    account
      .command('plan <account>')
      .description('give an account another plan: it counts for what is recorded from now on'),
  )
    .option('--name <name>', 'what the plan is called')
    .option('--window <length>', 'how long clips are kept: 1d to 180d', timeLength)
    .option('--lapse', 'end the plan instead: all that is there goes out of sight')
    .action((wanted: string, options: PlanOptions) => plan(wanted, options));
  addOwnAccountCommands(account);

  common(program.command('claim <thing>').description("make a doorbell an account's, from now on"))
    .requiredOption('--account <account>', 'whose it becomes, by id or name')
    .option('--release', "make it nobody's instead; what it recorded stays whose it was")
    .action((thing: string, options: Options & { account: string; release?: boolean }) =>
      claim(thing, options),
    );
}

/** Commands take a name for an account: it is one line, and nobody else's. */
function refuseName(name: string, all: readonly AccountView[]): void {
  if (name.trim() === '' || name.length > nameCharsMax || !isPlainLine(name)) {
    throw new CommandFailure(`a name is one line of 1 to ${nameCharsMax} characters`, 2);
  }
  if (all.some((account) => account.name === name)) {
    throw new CommandFailure(
      `there is an account ${name}: give another name, or have "doorbell account token ${name}" issue one more token`,
    );
  }
}

type PlanOptions = Options & {
  readonly name?: string;
  readonly window?: DurationMs;
  readonly lapse?: boolean;
};

/** Beside a running cloud or without one: what it ends goes with the cloud's next sweep. */
async function plan(wanted: string, options: PlanOptions): Promise<void> {
  const { name, window, lapse = false } = options;
  if (lapse ? name !== undefined || window !== undefined : name === undefined || !window) {
    throw new CommandFailure('give --name and --window, or --lapse', 2);
  }
  if (window !== undefined && (window < windowMsMin || window > windowMsMax)) {
    throw new CommandFailure('a window is 1 to 180 days', 2);
  }
  await withRecords(options.data, async (records) => {
    const { account } = await findAccount(await makeAccounts(records).list(), wanted);
    // What the profile itself gives matters only to accounts that never had a plan.
    const plans = makePlans(
      records,
      await findPolicy(process.env['CLOUD_POLICY'] ?? 'ring-2019'),
      () => {},
    );
    const outcome =
      name === undefined || window === undefined
        ? await plans.lapse(account)
        : await plans.change(account, name, window);
    if (!outcome.ok) throw new CommandFailure(outcome.because.replaceAll('-', ' '));
    if (options.json === true) printJson({ account, plan: await plans.current(account) });
    else console.log(lapse ? 'the plan has lapsed' : `the plan is ${name} from now on`);
  });
}

async function claim(
  name: string,
  options: Options & { account: string; release?: boolean },
): Promise<void> {
  const thing = thingName(name);
  await withRecords(options.data, async (records) => {
    const accounts = makeAccounts(records);
    const { account, name } = await findAccount(await accounts.list(), options.account);
    const pki = await openPki(placesOf(options.data).pki, { now: systemClock.now });
    const certificate = await pki.deviceCertificate(thing);
    if (certificate !== null) {
      // Another process holds the device's connection, and learns of this from the catalogue.
      const devices = makeDevices({ ...records, bus: { disconnect: () => {} } });
      await devices.enrol(thing, certificate);
    }
    const outcome =
      options.release === true
        ? await accounts.release(account, thing)
        : await accounts.claim(account, thing);
    if (!outcome.ok) throw new CommandFailure(`${thing}: ${outcome.because.replaceAll('-', ' ')}`);
    const owner = options.release === true ? null : name;
    if (options.json === true) printJson({ thing, owner });
    else console.log(owner === null ? `${thing} is nobody's now` : `${thing} is ${owner}'s now`);
  });
}

async function findAccount(all: readonly AccountView[], wanted: string): Promise<AccountView> {
  const found = all.filter(({ account, name }) => account === wanted || name === wanted);
  const [only] = found;
  if (only === undefined) {
    throw new CommandFailure(`no account ${wanted}; "doorbell account list" tells which there are`);
  }
  if (found.length > 1)
    throw new CommandFailure(`${found.length} accounts are called ${wanted}: give the id`);
  return only;
}

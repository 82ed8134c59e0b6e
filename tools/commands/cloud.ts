/** `doorbell cloud`: the cloud alone, for doorbells elsewhere. */
import assert from 'node:assert/strict';
import type { Command } from 'commander';
import type { AccountId } from '../../cloud-stub/catalogue-tables.ts';
import type { Cloud } from '../../cloud-stub/cloud.ts';
import { cloudSettings, readCloudConfig } from '../../cloud-stub/config.ts';
import { type HostCloud, type HostExtras, openHostCloud } from '../../cloud-stub/host-cloud.ts';
import { openLog } from '../../cloud-stub/log.ts';
import { startFailure } from '../../cloud-stub/start-failure.ts';
import { readContact, writeContact } from './client.ts';
import { CommandFailure } from './failure.ts';
import { placesOf } from './places.ts';
import { settingHelp } from './setting-help.ts';
import { stopSignal, untilAborted } from './stopping.ts';
import { warnOfUnknownVariables } from './unknown-variables.ts';
import { version } from './version.ts';

export function addCloudCommand(program: Command): void {
  const command = program
    .command('cloud')
    .description('run the cloud: broker, storage, API and page')
    .option(
      '--owner <name>',
      'open this account at start, if there is none, and keep its token in the data folder',
    )
    .addHelpText(
      'after',
      '\nEvery option can be given as an environment variable too, the option wins.',
    );
  for (const setting of cloudSettings) {
    const value = setting.isSwitch ? '' : ' <value>';
    command.option(`${setting.flag}${value}`, settingHelp(setting));
  }
  command.action(async (options: Readonly<Record<string, string | true>>) => {
    const owner = textOf(options['owner']);
    const data = textOf(options['data']);
    const places = placesOf(data);
    const stop = stopSignal();
    warnOfUnknownVariables();
    const flags = flagsOf(options);
    const { host, token } =
      owner === undefined
        ? { host: await startCloud(flags), token: null }
        : await startOwnedCloud(flags, { name: owner, data });
    try {
      if (token !== null) {
        // An address that means "any of mine" is none to call.
        const url = host.apiUrl.replace('//0.0.0.0:', '//127.0.0.1:');
        writeContact(places.contact, { url, token });
      }
      await untilAborted(stop);
    } finally {
      await host.stop();
    }
  });
}

/** Options as commander names them (`apiPort`), by flag (`api-port`) as the cloud reads them. */
function flagsOf(options: Readonly<Record<string, string | true>>): Record<string, string> {
  const dashed = ([name, value]: [string, string | true]): [string, string] => [
    name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    String(value),
  ];
  return Object.fromEntries(Object.entries(options).map(dashed));
}

const textOf = (option: string | true | undefined): string | undefined =>
  option === true ? undefined : option;

type StartExtras = Omit<HostExtras, 'version'> & { readonly logFile?: string };

/** Starts a cloud; what keeps it from starting becomes one sentence. */
export async function startCloud(
  flags: Readonly<Record<string, string>>,
  extras: StartExtras = {},
): Promise<HostCloud> {
  const { logFile, ...hooks } = extras;
  try {
    const config = readCloudConfig(process.env, flags);
    return await openHostCloud(config, openLog(config.logLevel, logFile), { version, ...hooks });
  } catch (error) {
    const sentence = startFailure(error);
    if (sentence === null) throw error;
    throw new CommandFailure(sentence, 2, { cause: error });
  }
}

type Owner = { readonly account: AccountId; readonly token: string };
type Named = { readonly name: string; readonly data: string | undefined };

/**
 * Starts a cloud with an account of that name: there before the cloud is well, as commands name it from then on, and
 * doorbells that enrol are claimed for it.
 */
export async function startOwnedCloud(
  flags: Readonly<Record<string, string>>,
  named: Named,
  extras: Omit<StartExtras, 'prepare'> = {},
): Promise<Owner & { readonly host: HostCloud }> {
  const owners: Owner[] = [];
  const prepare = async ({ accounts }: Cloud): Promise<void> => {
    owners.push(await ownerOf(accounts, named));
  };
  const host = await startCloud(flags, { ...extras, prepare });
  const [owner] = owners;
  assert(owner !== undefined, 'a cloud that has started was prepared');
  return { host, ...owner };
}

/** The account of that name, opened if need be, and a token for it: the one in the data folder while it is good. */
async function ownerOf(accounts: Cloud['accounts'], { name, data }: Named): Promise<Owner> {
  const known = (await accounts.list()).find((account) => account.name === name);
  if (known === undefined) return accounts.open(name);
  const kept = readContact(placesOf(data).contact)?.token;
  if (kept !== undefined && (await accounts.authenticate(kept)) === known.account) {
    return { account: known.account, token: kept };
  }
  const token = await accounts.issueToken(known.account);
  if (token === null) throw new CommandFailure(`the account ${name} is closed`);
  return { account: known.account, token };
}

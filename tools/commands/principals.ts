/**
 * `doorbell principal` and `doorbell agency`: the development identity provider. Named people with
 * tokens; a cloud lets them in only where it was started with `--dev-identities`.
 */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import type { AgencyRow } from '../../cloud-stub/catalogue-tables-desk.ts';
import { makeAccounts } from '../../cloud-stub/services/accounts/accounts.ts';
import {
  makePrincipals,
  type Principal,
  type Principals,
  type Role,
  roles,
} from '../../cloud-stub/services/legal-desk/principals.ts';
import type { Ulid } from '../../device/wire/ids.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { CommandFailure } from './failure.ts';
import { printJson, printRows } from './output.ts';
import { type Records, withRecords } from './storage.ts';

type Options = { readonly data?: string; readonly json?: boolean };

const common = (command: Command): Command =>
  command
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--json', 'print JSON');

export function addPrincipalCommands(program: Command): void {
  addAgencyCommands(program);
  const principal = program
    .command('principal')
    .description('named people of agencies and of the records office');
  common(principal.command('add <name>').description('add a person; prints its token, this once'))
    .requiredOption('--role <role>', `one of ${roles.join(', ')}; may be repeated`, collectRole)
    .option('--agency <agency>', "an agency's people: which, by id or name")
    .option('--account <account>', 'a shared user: of which account, by id or name')
    .option('--no-second-factor', 'signs in without one: its demands are refused')
    .action((name: string, options: AddOptions) => add(name, options));
  common(principal.command('list').description('list them')).action((options: Options) =>
    withRecords(options.data, async (records) => {
      printRows<Principal>(
        await principalsOf(records).list(),
        [
          { title: 'PRINCIPAL', of: (row) => row.principal },
          { title: 'NAME', of: (row) => row.name },
          { title: 'ROLES', of: (row) => row.roles.join(', ') },
        ],
        { json: options.json, none: 'nobody yet' },
      );
    }),
  );
  common(principal.command('token <principal>').description('issue one more token')).action(
    (wanted: string, options: Options) =>
      withRecords(options.data, async (records) => {
        const principals = principalsOf(records);
        const { principal: id } = await findPrincipal(principals, wanted);
        const token = await principals.issueToken(id);
        if (options.json === true) printJson({ principal: id, token });
        else console.log(token);
      }),
  );
  common(
    principal.command('revoke <principal>').description('none of its tokens is good again'),
  ).action((wanted: string, options: Options) =>
    withRecords(options.data, async (records) => {
      const principals = principalsOf(records);
      const { principal: id, name } = await findPrincipal(principals, wanted);
      await principals.revoke(id);
      if (options.json === true) printJson({ principal: id, revoked: true });
      else console.log(`${name} is revoked`);
    }),
  );
}

function addAgencyCommands(program: Command): void {
  const agency = program.command('agency').description('agencies whose officers send demands');
  common(
    agency
      .command('add <name>')
      .description('register an agency; a clerk verifies it out of band before its demands count'),
  )
    .requiredOption('--domain <domain>', 'it answers from this domain; may be repeated', collect)
    .option(
      '--cases <pattern>',
      'a regular expression that its case numbers match',
      '\\d{2}-\\d{6}',
    )
    .action((name: string, options: Options & { domain: string[]; cases: string }) =>
      withRecords(options.data, async (records) => {
        const { domain: domains, cases: caseNumbers } = options;
        const added = await principalsOf(records).addAgency({ name, domains, caseNumbers });
        if (!added.ok) throw new CommandFailure(added.because);
        if (options.json === true) printJson({ name, agency: added.agency });
        else console.log(`agency ${added.agency}`);
      }),
    );
  common(agency.command('list').description('list them')).action((options: Options) =>
    withRecords(options.data, async (records) => {
      printRows<AgencyRow>(
        await principalsOf(records).agencies(),
        [
          { title: 'AGENCY', of: (row) => row.agency },
          { title: 'NAME', of: (row) => row.name },
          { title: 'VERIFIED', of: (row) => (row.verifiedAt === null ? 'no' : 'yes') },
        ],
        { json: options.json, none: 'no agencies yet' },
      );
    }),
  );
  clientOptions(
    agency
      .command('verify <agency>')
      .description('record, with the token of a clerk, that an agency was verified out of band'),
  ).action(async (id: string, options: ClientOptions) => {
    const where = `/v1/agencies/${encodeURIComponent(id)}/verification`;
    await new CloudClient(options).request('POST', where);
    console.log(`agency ${id} is verified`);
  });
}

/** The cloud may live in a virtual time: tokens end by this machine's. */
const principalsOf = (records: Records): Principals => makePrincipals(records, systemClock);

type AddOptions = Options & {
  readonly role: readonly Role[];
  readonly agency?: string;
  readonly account?: string;
  readonly secondFactor: boolean;
};

async function add(name: string, options: AddOptions): Promise<void> {
  await withRecords(options.data, async (records) => {
    const principals = principalsOf(records);
    const agencies = await principals.agencies();
    const accounts = await makeAccounts(records).list();
    const { agency: wantedAgency, account: wantedAccount } = options;
    const agency = wantedAgency === undefined ? null : named(agencies, 'agency', wantedAgency);
    const account = wantedAccount === undefined ? null : named(accounts, 'account', wantedAccount);
    const added = await principals.add({
      name,
      roles: options.role,
      secondFactor: options.secondFactor,
      ...(agency === null ? {} : { agency }),
      ...(account === null ? {} : { account }),
    });
    if (!added.ok) throw new CommandFailure(added.because);
    const { principal } = added.principal;
    if (options.json === true) printJson({ name, principal, token: added.token });
    else console.log(`principal ${principal}\ntoken     ${added.token}`);
  });
}

/** By id, or by its name where that is one's alone. */
function named<Kind extends 'agency' | 'account', Row extends { readonly name: string }>(
  rows: readonly (Row & Readonly<Record<Kind, Ulid>>)[],
  kind: Kind,
  wanted: string,
): Ulid {
  const found = rows.filter((row) => row[kind] === wanted || row.name === wanted);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new CommandFailure(`${found.length === 0 ? 'no' : 'more than one'} ${kind} ${wanted}`);
  }
  return only[kind];
}

async function findPrincipal(principals: Principals, wanted: string): Promise<Principal> {
  const found = (await principals.list()).find(
    ({ principal, name }) => principal === wanted || name === wanted,
  );
  if (found === undefined) throw new CommandFailure(`there is no ${wanted}`);
  return found;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

function collectRole(value: string, before: readonly Role[] = []): readonly Role[] {
  const role = roles.find((each) => each === value);
  if (role === undefined) throw new InvalidArgumentError(`expected one of ${roles.join(', ')}.`);
  return [...before, role];
}

/** `doorbell hold`: what is preserved, by whom released. */
import type { Command } from 'commander';
import { z } from 'zod';
import { holdProposalView, holdView } from '../../cloud-stub/api/desk-views.ts';
import { instantText } from './arguments.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { printJson, printRows } from './output.ts';

type Options = ClientOptions & { readonly json?: boolean };
type Hold = z.infer<typeof holdView>;
type Proposal = z.infer<typeof holdProposalView>;

export function addHoldCommands(program: Command): void {
  const hold = program.command('hold').description('holds, with the token of a person of the desk');
  json(hold.command('list').description('list holds, the newest first'))
    .option('--open', 'only those in force')
    .action(async (options: Options & { open?: boolean }) => {
      const query = new URLSearchParams({ limit: '200', ...(options.open ? { open: '1' } : {}) });
      const page = z.object({ items: z.array(holdView) });
      const { items } = await new CloudClient(options).json(page, 'GET', `/v1/holds?${query}`);
      printRows<Hold>(items, columns, { json: options.json, none: 'no holds' });
    });
  json(hold.command('show <hold>').description('one hold')).action((id: string, options: Options) =>
    one(options, 'GET', `/v1/holds/${encodeURIComponent(id)}`),
  );
  json(hold.command('place').description('hold doorbells for litigation you foresee'))
    .requiredOption('--basis <id>', 'the case of your own that it rests on, a ULID')
    .option('--thing <thing...>', 'which doorbells', [])
    .option('--account <account...>', 'all of these accounts: it takes two people', [])
    .requiredOption('--from <time>', 'recorded at or after this time', instantText)
    .requiredOption('--to <time>', 'recorded before this time', instantText)
    .action((options: PlaceOptions) => {
      const { basis, thing: things, account: accounts, from, to } = options;
      return place(options, { basis, things, accounts, from, to });
    });
  json(hold.command('proposals').description('wide holds that wait for a second person')).action(
    async (options: Options) => {
      const page = z.object({ items: z.array(holdProposalView) });
      const { items } = await new CloudClient(options).json(page, 'GET', '/v1/hold-proposals');
      printRows<Proposal>(items, proposalColumns, { json: options.json, none: 'no proposals' });
    },
  );
  json(
    hold.command('approve <proposal>').description('as the second person, hold what was proposed'),
  ).action((id: string, options: Options) =>
    one(options, 'POST', `/v1/hold-proposals/${encodeURIComponent(id)}/approval`),
  );
  json(hold.command('renew <hold>').description('renew a hold on a renewed request'))
    .requiredOption('--request <sha256>', 'SHA-256 of the renewed request')
    .action((id: string, options: Options & { request: string }) =>
      one(options, 'POST', `/v1/holds/${encodeURIComponent(id)}/renewal`, {
        request: options.request,
      }),
    );
  json(hold.command('release <hold>').description('ask for a release, or as the second let go'))
    .option('--rejected', 'an intake hold whose demand was refused')
    .action((id: string, options: Options & { rejected?: boolean }) =>
      one(options, 'POST', `/v1/holds/${encodeURIComponent(id)}/release`, {
        because: options.rejected === true ? 'rejected' : 'released',
      }),
    );
}

const json = (command: Command): Command => clientOptions(command).option('--json', 'print JSON');

async function one(options: Options, method: string, where: string, body?: object): Promise<void> {
  const hold = await new CloudClient(options).json(holdView, method, where, body);
  if (options.json === true) printJson(hold);
  else printRows<Hold>([hold], columns, { none: '' });
}

type PlaceOptions = Options & {
  readonly basis: string;
  readonly thing: readonly string[];
  readonly account: readonly string[];
  readonly from: string;
  readonly to: string;
};

async function place(options: Options, asked: object): Promise<void> {
  const answer = z.union([holdView, holdProposalView]);
  const done = await new CloudClient(options).json(answer, 'POST', '/v1/holds', asked);
  if (options.json === true) printJson(done);
  else if ('hold' in done) printRows<Hold>([done], columns, { none: '' });
  else printRows<Proposal>([done], proposalColumns, { none: '' });
}

const proposalColumns = [
  { title: 'PROPOSAL', of: (row: Proposal) => row.proposal },
  { title: 'BASIS', of: (row: Proposal) => row.basis },
  { title: 'APPROVE BEFORE', of: (row: Proposal) => row.expiresAt },
] as const;

const stateOf = ({ ended, releaseAsked }: Hold): string => {
  if (ended !== null) return `ended ${ended.at}: ${ended.because}`;
  return releaseAsked ? 'release asked for' : 'in force';
};
const columns = [
  { title: 'HOLD', of: (row: Hold) => row.hold },
  { title: 'KIND', of: (row: Hold) => row.kind },
  { title: 'BASIS', of: (row: Hold) => row.basis },
  { title: 'UNTIL', of: (row: Hold) => row.expiresAt ?? 'released' },
  { title: 'STATE', of: stateOf },
] as const;

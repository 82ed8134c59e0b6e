/** `doorbell account show, accesses, download, close`: what an owner does with their own account, over HTTP. */
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { z } from 'zod';
import { type AccessView, accessView, accountView } from '../../cloud-stub/api/account-views.ts';
import { atLeastOne } from './arguments.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { confirmed } from './confirmation.ts';
import { CommandFailure } from './failure.ts';
import { localTime, printJson, printRows } from './output.ts';
import { saveStream } from './saved-stream.ts';

type Options = ClientOptions & { readonly json?: boolean };

const dayMs = 86_400_000;
const daysText = (ms: number | null): string =>
  ms === null ? 'none: the plan has lapsed' : `${Math.round((ms / dayMs) * 10) / 10} days`;

export function addOwnAccountCommands(account: Command): void {
  clientOptions(account.command('show').description('your account, its plan and windows'))
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const shown = await new CloudClient(options).json(accountView, 'GET', '/v1/account');
      if (options.json === true) return printJson(shown);
      console.log(`account  ${shown.name}, since ${localTime(Date.parse(shown.openedAt))}`);
      console.log(`plan     ${shown.plan.name}`);
      console.log(`window   ${daysText(shown.plan.clipWindowMs)}`);
      console.log(`delete   ${shown.onDelete}`);
    });

  clientOptions(account.command('accesses').description('who used your account, newest first'))
    .option('--limit <count>', 'at most this many', atLeastOne, 20)
    .option('--json', 'print JSON')
    .action(async (options: Options & { limit: number }) => {
      const page = z.object({ items: z.array(accessView) });
      const where = `/v1/account/accesses?limit=${Math.min(100, options.limit)}`;
      const { items } = await new CloudClient(options).json(page, 'GET', where);
      printRows<AccessView>(items, accessColumns, { json: options.json, none: 'none on record' });
    });

  clientOptions(account.command('download').description('everything you can see, as a tar archive'))
    .option('--out <file>', 'where to; - for standard output', 'doorbell-account.tar')
    .action(async (options: Options & { out: string }) => {
      await download(new CloudClient(options), options.out);
    });

  clientOptions(account.command('close').description('close your account, for good'))
    .option('--yes', 'do not ask')
    .action(async (options: Options & { yes?: boolean }) => {
      const client = new CloudClient(options);
      const { name } = await client.json(accountView, 'GET', '/v1/account');
      await confirmed(`Close the account ${name}, with all that is in it?`, options);
      await client.request('DELETE', '/v1/account');
      console.log('the account is closed');
    });
}

const accessColumns = [
  { title: 'WHEN', of: ({ at }: AccessView) => localTime(Date.parse(at)) },
  { title: 'WHAT', of: ({ act }: AccessView) => act },
  { title: 'CLIP', of: ({ clip }: AccessView) => clip ?? '-' },
  { title: 'FROM', of: ({ address }: AccessView) => address ?? '-' },
  { title: 'WITH', of: ({ client }: AccessView) => client ?? '-' },
] as const;

/** Under another name until it is whole: the cloud cuts the archive off when a clip in it is deleted meanwhile. */
async function download(client: CloudClient, out: string): Promise<void> {
  const response = await client.request('GET', '/v1/account/data');
  if (response.body === null) throw new CommandFailure('the cloud sent nothing');
  await saveStream(Readable.fromWeb(response.body), out);
  if (out === '-') return;
  console.log(`${out}: "tar -tf ${out}" tells what is in it`);
}

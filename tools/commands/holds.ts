/** `doorbell hold`: what is preserved, by whom released. */
import type { Command } from 'commander';
import { z } from 'zod';
import { holdView } from '../../cloud-stub/api/desk-views.ts';
import { instantText } from './arguments.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { printJson, printRows } from './output.ts';

type Options = ClientOptions & { readonly json?: boolean };
type Hold = z.infer<typeof holdView>;

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
    .requiredOption('--thing <thing...>', 'which doorbells')
    .requiredOption('--from <time>', 'recorded at or after this time', instantText)
    .requiredOption('--to <time>', 'recorded before this time', instantText)
    .action((options: Options & { basis: string; thing: string[]; from: string; to: string }) => {
      const { basis, thing: things, from, to } = options;
      return one(options, 'POST', '/v1/holds', { basis, things, from, to });
    });
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

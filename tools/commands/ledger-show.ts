/** `doorbell ledger show`: entries as a table, or as the lines that are hashed. */
import type { Command } from 'commander';
import { sql } from 'kysely';
import { atLeastOne, wholeNumber } from './arguments.ts';
import { localTime, printRows } from './output.ts';
import { withRecords } from './storage.ts';

type ShowOptions = {
  readonly data?: string;
  readonly from?: number;
  readonly kind?: string;
  readonly clip?: string;
  readonly limit: number;
  readonly lines?: boolean;
  readonly json?: boolean;
};

export function addLedgerShowCommand(ledger: Command): void {
  ledger
    .command('show')
    .description('the newest entries, or those from a number on')
    .option('--from <entry>', 'from this one on, in order', wholeNumber)
    .option('--kind <kind>', 'only of this kind')
    .option('--clip <clip>', 'only about this clip, thing/clip')
    .option('--limit <entries>', 'at most this many', atLeastOne, 50)
    .option('--lines', 'each as the line that is hashed')
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--json', 'print JSON')
    .action((options: ShowOptions) => show(options));
}

function show(options: ShowOptions): Promise<void> {
  return withRecords(options.data, async ({ catalogue, ledger }) => {
    const { from, kind, clip, limit } = options;
    let query = catalogue.read.selectFrom('ledger').selectAll().limit(limit);
    if (from !== undefined) query = query.where('seq', '>=', from);
    if (kind !== undefined) query = query.where(sql<boolean>`kind = ${kind}`);
    if (clip !== undefined) query = query.where(sql<boolean>`thing || '/' || clip = ${clip}`);
    const found = await query.orderBy('seq', from === undefined ? 'desc' : 'asc').execute();
    const rows = from === undefined ? found.reverse() : found;
    if (options.lines === true) {
      for (const { seq } of rows) {
        const leaf = await ledger.leaf(catalogue.read, seq);
        if (leaf !== null) console.log(Buffer.from(leaf).toString());
      }
      return;
    }
    printRows(
      rows.map((row) => ({ ...row, facts: JSON.parse(row.facts) as object })),
      [
        { title: 'entry', of: ({ seq }) => String(seq), align: 'right' },
        { title: 'at', of: ({ at }) => localTime(at) },
        { title: 'kind', of: (row) => row.kind },
        { title: 'actor', of: ({ actor }) => actor },
        { title: 'clip', of: (row) => [row.thing, row.clip].filter(Boolean).join('/') },
        { title: 'facts', of: ({ facts }) => JSON.stringify(facts) },
      ],
      { json: options.json, none: 'no such entries' },
    );
  });
}

/** `doorbell demand`: serving a demand, and what the desk's people do with it. */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { demandSummary } from '../../cloud-stub/api/desk-views.ts';
import { atLeastOne } from './arguments.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { addDemandActs } from './demand-acts.ts';
import { demandFormExample, mediaTypeOf } from './demand-form.ts';
import { CommandFailure } from './failure.ts';
import { matterText } from './matter-text.ts';
import { localTime, printJson, printRows } from './output.ts';

type Options = ClientOptions & { readonly json?: boolean };

export function addDemandCommands(program: Command): void {
  const demand = program
    .command('demand')
    .alias('matter')
    .description('legal demands, with the token of a person');
  demand
    .command('form')
    .description('print a form to fill in, JSON')
    .action(() => printJson(demandFormExample));
  addServing(demand);
  addReading(demand);
  addDemandActs(demand);
}

function addServing(demand: Command): void {
  clientOptions(
    demand.command('submit <form> <paper>').description('serve a demand: its form and its paper'),
  )
    .option('--json', 'print JSON')
    .action(async (form: string, paper: string, options: Options) => {
      const body = { form: await readForm(form), document: await readPaper(paper) };
      show(await ask(options, 'POST', '/v1/demands', body), options);
    });
  clientOptions(
    demand.command('answer <demand> <form> [paper]').description('answer a question of the desk'),
  )
    .option('--json', 'print JSON')
    .action(async (id: string, form: string, paper: string | undefined, options: Options) => {
      const document = paper === undefined ? null : await readPaper(paper);
      const body = { form: await readForm(form), document };
      show(
        await ask(options, 'POST', `/v1/demands/${encodeURIComponent(id)}/answer`, body),
        options,
      );
    });
}

function addReading(demand: Command): void {
  clientOptions(demand.command('list').description('list demands, the newest first'))
    .option('--stage <stage>', 'received, asked, in-review, decided, delivered or closed')
    .option('--limit <count>', 'at most this many', atLeastOne, 50)
    .option('--json', 'print JSON')
    .action(async (options: Options & { stage?: string; limit: number }) => {
      const query = new URLSearchParams({ limit: String(Math.min(200, options.limit)) });
      if (options.stage !== undefined) query.set('stage', options.stage);
      const page = z.object({ items: z.array(demandSummary) });
      const { items } = await new CloudClient(options).json(page, 'GET', `/v1/demands?${query}`);
      printRows(items, columns, { json: options.json, none: 'no demands' });
    });

  clientOptions(demand.command('show <demand>').description('one matter, as you may see it'))
    .option('--json', 'print JSON')
    .action(async (id: string, options: Options) =>
      show(await ask(options, 'GET', `/v1/demands/${encodeURIComponent(id)}`), options),
    );

  clientOptions(demand.command('items <demand>').description('the decision item by item'))
    .option('--json', 'print JSON')
    .action(async (id: string, options: Options) => {
      const client = new CloudClient(options);
      const items: Item[] = [];
      for (let after: string | null = ''; after !== null; ) {
        const query = new URLSearchParams({ limit: '200', ...(after === '' ? {} : { after }) });
        const where = `/v1/demands/${encodeURIComponent(id)}/items?${query}`;
        const page: z.infer<typeof itemPage> = await client.json(itemPage, 'GET', where);
        items.push(...page.items);
        after = page.next;
      }
      printRows<Item>(items, itemColumns, { json: options.json, none: 'nothing is decided' });
    });

  for (const [name, where, description] of [
    ['paper', 'document', 'save the served paper'],
    ['bag', 'bag', 'save the delivered bag, a tar'],
  ] as const) {
    clientOptions(demand.command(`${name} <demand>`).description(description))
      .requiredOption('--out <file>', 'where to')
      .action(async (id: string, options: Options & { out: string }) => {
        const url = `/v1/demands/${encodeURIComponent(id)}/${where}`;
        const { body } = await new CloudClient(options).request('GET', url);
        if (body === null) throw new CommandFailure('the answer is empty');
        await pipeline(Readable.fromWeb(body as never), createWriteStream(options.out));
        console.log(options.out);
      });
  }
}

const matter = z.looseObject({ demand: z.string(), stage: z.string() });

const ask = (
  options: Options,
  method: string,
  where: string,
  body?: object,
): Promise<z.infer<typeof matter>> => new CloudClient(options).json(matter, method, where, body);

function show(found: z.infer<typeof matter>, options: Options): void {
  if (options.json === true) printJson(found);
  else console.log(matterText(found));
}

const columns = [
  { title: 'DEMAND', of: (row: z.infer<typeof demandSummary>) => row.demand },
  { title: 'PROCESS', of: (row: z.infer<typeof demandSummary>) => row.process },
  { title: 'AGENCY', of: (row: z.infer<typeof demandSummary>) => row.agency },
  { title: 'CASE', of: (row: z.infer<typeof demandSummary>) => row.caseNumber ?? '-' },
  {
    title: 'RECEIVED',
    of: (row: z.infer<typeof demandSummary>) => localTime(Date.parse(row.receivedAt)),
  },
  { title: 'STAGE', of: (row: z.infer<typeof demandSummary>) => row.stage },
] as const;

const item = z.looseObject({ key: z.string(), released: z.boolean(), because: z.string() });
type Item = z.infer<typeof item>;
const itemPage = z.object({ items: z.array(item), next: z.string().nullable() });
const itemColumns = [
  { title: 'ITEM', of: (row: Item) => row.key },
  { title: 'ANSWER', of: (row: Item) => (row.released ? 'released' : 'withheld') },
  { title: 'BECAUSE', of: (row: Item) => row.because },
] as const;

async function readForm(file: string): Promise<unknown> {
  const text = await readOrFail(file);
  try {
    return JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw new CommandFailure(`${file} is not JSON`, 2, { cause: error });
  }
}

async function readPaper(file: string) {
  const bytes = await readOrFail(file);
  return {
    name: path.basename(file),
    mediaType: mediaTypeOf(file),
    base64: bytes.toString('base64'),
  };
}

async function readOrFail(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read`, 2, { cause: error });
  }
}
